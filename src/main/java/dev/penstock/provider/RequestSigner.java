// SPDX-License-Identifier: Apache-2.0
package dev.penstock.provider;

import dev.penstock.config.ProviderConfig;
import dev.penstock.config.Secret;
import io.vertx.core.MultiMap;

/** Signs in: puts whatever proves the caller's identity into the header of a request. Stateless; one per provider and shard. */
@FunctionalInterface
interface RequestSigner {

    /** For servers without keys, and for addresses behind which somebody else signs. */
    RequestSigner NOBODY = (headers, request) -> {};

    /**
     * Called once per request, when everything else of it is fixed.
     *
     * @param headers receives the proof
     */
    void sign(MultiMap headers, Outgoing request);

    /** The way of the provider's type, with the credentials of its configuration. */
    static RequestSigner of(ProviderConfig config) {
        ProviderConfig.AwsKeys accessKeys = config.extras().awsKeys();
        if (accessKeys != null) {
            return new SigningKeys(accessKeys, config.extras().region());
        }
        Secret key = config.apiKey();
        return key == null ? NOBODY : of(config.type(), key);
    }

    /** The way of the type, with this key. */
    static RequestSigner of(ProviderConfig.Type type, Secret key) {
        return switch (type) {
            case OPENAI, BEDROCK, OLLAMA, COHERE -> KeyHeader.bearer(key);
            case AZURE -> KeyHeader.named("api-key", key);
            case ANTHROPIC -> KeyHeader.named("x-api-key", key);
            case GEMINI -> KeyHeader.named("x-goog-api-key", key);
            case DEMO, STATIC, RULES -> NOBODY;
        };
    }
}
