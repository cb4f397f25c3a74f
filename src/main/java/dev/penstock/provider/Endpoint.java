// SPDX-License-Identifier: Apache-2.0
package dev.penstock.provider;

import dev.penstock.config.ProviderConfig;
import dev.penstock.exchange.ApiSchema;
import io.vertx.core.MultiMap;

/**
 * What sets one kind of HTTP provider apart from the next: where a request goes below {@code base_url} and what it must carry.
 * The host is not its business: that is the configured one, always. Nor are keys, see {@link RequestSigner}. Stateless.
 */
interface Endpoint {

    /**
     * Path and query below {@code base_url}.
     *
     * @param schema one of those in which this kind of provider can be called
     * @throws dev.penstock.exchange.GatewayError of kind INVALID_REQUEST when the model's name cannot stand in a path
     */
    String target(ApiSchema schema, String model, boolean stream);

    /** Adds what the provider wants to read in every request, beside what all of them read. */
    default void addHeaders(MultiMap headers) {}

    /** The media type of a streamed answer. */
    default CharSequence streamType() {
        return "text/event-stream";
    }

    /** Whether a header by which a client opts in to features of one vendor means something here. Lower-case name. */
    default boolean understands(String featureHeader) {
        return false;
    }

    /** The one of the provider's type, which must be one that uses the network. */
    static Endpoint of(ProviderConfig config) {
        return switch (config.type()) {
            case OPENAI -> new OpenAiEndpoint();
            case AZURE -> new AzureEndpoint(config.extras().apiVersion());
            case ANTHROPIC -> new AnthropicEndpoint();
            case GEMINI -> {
                ProviderConfig.Vertex vertex = config.extras().vertex();
                yield vertex == null ? new GeminiEndpoint() : new VertexEndpoint(vertex);
            }
            case BEDROCK -> new BedrockEndpoint();
            case OLLAMA -> new OllamaEndpoint();
            case COHERE -> new CohereEndpoint();
            case DEMO, STATIC, RULES -> throw new IllegalArgumentException("no network for type " + config.type());
        };
    }
}
