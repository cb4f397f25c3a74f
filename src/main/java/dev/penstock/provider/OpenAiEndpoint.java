// SPDX-License-Identifier: Apache-2.0
package dev.penstock.provider;

import dev.penstock.exchange.ApiSchema;

/** OpenAI's chat completions, as OpenAI and the compatible servers offer them: one path for all models. */
final class OpenAiEndpoint implements Endpoint {

    @Override
    public String target(ApiSchema schema, String model, boolean stream) {
        return path(schema);
    }

    /** Below the version part, the same at Azure. */
    static String path(ApiSchema schema) {
        return switch (schema) {
            case OPENAI_COMPLETIONS -> "/completions";
            case OPENAI_EMBEDDINGS -> "/embeddings";
            case OPENAI_RESPONSES -> "/responses";
            default -> "/chat/completions";
        };
    }

    @Override
    public boolean understands(String featureHeader) {
        return featureHeader.equals(FeatureHeaders.OPENAI_BETA);
    }
}
