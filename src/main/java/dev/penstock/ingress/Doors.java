// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.Right;
import dev.penstock.exchange.Route;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The paths on which models are called, each in the schema of its vendor. */
final class Doors {

    private static final Map<String, ApiSchema> PATHS = Map.of(
            "/v1/chat/completions", ApiSchema.OPENAI_CHAT,
            "/v1/completions", ApiSchema.OPENAI_COMPLETIONS,
            "/v1/embeddings", ApiSchema.OPENAI_EMBEDDINGS,
            "/v1/responses", ApiSchema.OPENAI_RESPONSES,
            "/v1/messages", ApiSchema.ANTHROPIC_MESSAGES,
            "/v1/messages/count_tokens", ApiSchema.ANTHROPIC_COUNT_TOKENS);

    private static final String ANTHROPIC = "/v1/messages";

    private Doors() {}

    /** The schema in which models are called on this path, or null where they are not. */
    static @Nullable ApiSchema at(@Nullable String path) {
        return path == null ? null : PATHS.get(path);
    }

    /** What a caller of this path must have the right to. */
    static Right right(String path) {
        return Objects.requireNonNull(
                Route.declared(Route.Listener.API, "POST", path).needs(), "models cost money: no such path is open");
    }

    static Map<String, ApiSchema> all() {
        return PATHS;
    }

    /**
     * The schema of whoever asks for this path, for an answer that the client shall understand. Anthropic's SDKs name the version
     * of the API with every request, and nobody else does.
     */
    static ApiSchema schemaOf(String path, @Nullable String anthropicVersion) {
        return path.startsWith(ANTHROPIC) || anthropicVersion != null
                ? ApiSchema.ANTHROPIC_MESSAGES
                : ApiSchema.OPENAI_CHAT;
    }
}
