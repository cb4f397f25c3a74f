// SPDX-License-Identifier: Apache-2.0
package dev.penstock.provider;

import dev.penstock.config.ProviderConfig.Vertex;
import dev.penstock.exchange.ApiSchema;

/**
 * Gemini's generateContent as Vertex AI offers it: the same words below the path of a project and a location. The version stands
 * in {@code base_url}.
 *
 * <p>Source: "Generate content with the Gemini API in Vertex AI", Google Cloud documentation, November 2026.
 */
final class VertexEndpoint implements Endpoint {

    private final String models;

    VertexEndpoint(Vertex vertex) {
        this.models = "/projects/" + PathSegment.of(vertex.project()) + "/locations/"
                + PathSegment.of(vertex.location()) + "/publishers/google/models/";
    }

    @Override
    public String target(ApiSchema schema, String model, boolean stream) {
        return models + PathSegment.of(model) + GeminiEndpoint.method(stream);
    }
}
