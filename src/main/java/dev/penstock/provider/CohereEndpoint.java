// SPDX-License-Identifier: Apache-2.0
package dev.penstock.provider;

import dev.penstock.exchange.ApiSchema;

/** Cohere's chat: one path for all models, whole or streamed. The version is in {@code base_url}. */
final class CohereEndpoint implements Endpoint {

    @Override
    public String target(ApiSchema schema, String model, boolean stream) {
        return "/chat";
    }
}
