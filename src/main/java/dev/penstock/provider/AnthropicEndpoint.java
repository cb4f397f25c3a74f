// SPDX-License-Identifier: Apache-2.0
package dev.penstock.provider;

import dev.penstock.exchange.ApiSchema;
import io.vertx.core.MultiMap;

/**
 * Anthropic's Messages. The version of the API is required in every request; a client that speaks this API itself names the
 * version that it understands, and that one passes.
 */
final class AnthropicEndpoint implements Endpoint {

    private static final String VERSION = "2023-06-01";

    @Override
    public String target(ApiSchema schema, String model, boolean stream) {
        return schema == ApiSchema.ANTHROPIC_COUNT_TOKENS ? "/v1/messages/count_tokens" : "/v1/messages";
    }

    @Override
    public void addHeaders(MultiMap headers) {
        if (!headers.contains(FeatureHeaders.ANTHROPIC_VERSION)) {
            headers.set(FeatureHeaders.ANTHROPIC_VERSION, VERSION);
        }
    }

    @Override
    public boolean understands(String featureHeader) {
        return featureHeader.equals(FeatureHeaders.ANTHROPIC_BETA)
                || featureHeader.equals(FeatureHeaders.ANTHROPIC_VERSION);
    }
}
