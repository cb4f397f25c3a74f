// SPDX-License-Identifier: Apache-2.0
package dev.penstock.provider;

import dev.penstock.exchange.ApiSchema;

/** Ollama's own chat API: one path for all models, and whether to stream stands in the body. */
final class OllamaEndpoint implements Endpoint {

    @Override
    public String target(ApiSchema schema, String model, boolean stream) {
        return "/api/chat";
    }

    @Override
    public CharSequence streamType() {
        return "application/x-ndjson";
    }
}
