// SPDX-License-Identifier: Apache-2.0
package dev.penstock.provider;

import dev.penstock.exchange.ApiSchema;

/** Gemini's generateContent. Without {@code alt=sse} a stream would come as one JSON array in pieces. */
final class GeminiEndpoint implements Endpoint {

    @Override
    public String target(ApiSchema schema, String model, boolean stream) {
        return "/v1beta/models/" + PathSegment.of(model) + method(stream);
    }

    /** What follows the name of the model. */
    static String method(boolean stream) {
        return stream ? ":streamGenerateContent?alt=sse" : ":generateContent";
    }
}
