// SPDX-License-Identifier: Apache-2.0
package dev.penstock.provider;

import dev.penstock.exchange.ApiSchema;

/**
 * Azure OpenAI: with an API version the older surface, where the name of the deployment stands in the path; without one the
 * {@code /openai/v1} surface, where it stands in the body (learn.microsoft.com, "Azure OpenAI in Foundry Models v1 API").
 */
final class AzureEndpoint implements Endpoint {

    private final String version;

    AzureEndpoint(String version) {
        this.version = version;
    }

    @Override
    public String target(ApiSchema schema, String model, boolean stream) {
        String path = OpenAiEndpoint.path(schema);
        return version.isEmpty()
                ? "/openai/v1" + path
                : "/openai/deployments/" + PathSegment.of(model) + path + "?api-version=" + version;
    }

    @Override
    public boolean understands(String featureHeader) {
        return featureHeader.equals(FeatureHeaders.OPENAI_BETA);
    }
}
