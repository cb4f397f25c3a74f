// SPDX-License-Identifier: Apache-2.0
package dev.penstock.admin;

import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.Priority;
import dev.penstock.exchange.RequestFacts;
import io.vertx.core.MultiMap;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A request that only its properties are known of, from the query of {@code /admin/v1/explain}. */
public record AskedFor(
        String model,
        ApiSchema schema,
        boolean stream,
        long tokens,
        long maxTokens,
        boolean tools,
        boolean images,
        boolean structured,
        long prefixHash,
        String tenant,
        String region,
        String user,
        Priority priority,
        String feature)
        implements RequestFacts {

    private static final Set<String> NAMES = Set.of(
            "model",
            "schema",
            "stream",
            "tokens",
            "max_tokens",
            "tools",
            "images",
            "structured",
            "prefix",
            "tenant",
            "region",
            "user",
            "priority",
            "feature");

    private static final int LONGEST = 500;

    /** What is asked for, or null when a name or a value is none that is known here. */
    public static @Nullable AskedFor of(MultiMap query) {
        boolean known = query.names().stream().allMatch(NAMES::contains)
                && query.entries().stream().allMatch(entry -> entry.getValue().length() <= LONGEST);
        try {
            return known ? read(query) : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** The same from a tenant whose data must stay there. */
    public AskedFor in(String place) {
        return new AskedFor(
                model,
                schema,
                stream,
                tokens,
                maxTokens,
                tools,
                images,
                structured,
                prefixHash,
                tenant,
                place,
                user,
                priority,
                feature);
    }

    private static AskedFor read(MultiMap query) {
        return new AskedFor(
                text(query, "model"),
                schema(text(query, "schema")),
                flag(query, "stream"),
                number(query, "tokens"),
                number(query, "max_tokens"),
                flag(query, "tools"),
                flag(query, "images"),
                flag(query, "structured"),
                text(query, "prefix").isEmpty() ? 0 : hash(text(query, "prefix")),
                text(query, "tenant"),
                text(query, "region"),
                text(query, "user"),
                priority(text(query, "priority")),
                text(query, "feature"));
    }

    private static String text(MultiMap query, String name) {
        String value = query.get(name);
        return value == null ? "" : value;
    }

    private static ApiSchema schema(String word) {
        return switch (word) {
            case "", "chat" -> ApiSchema.OPENAI_CHAT;
            case "messages" -> ApiSchema.ANTHROPIC_MESSAGES;
            case "responses" -> ApiSchema.OPENAI_RESPONSES;
            case "completions" -> ApiSchema.OPENAI_COMPLETIONS;
            case "embeddings" -> ApiSchema.OPENAI_EMBEDDINGS;
            default -> throw new IllegalArgumentException("schema");
        };
    }

    private static Priority priority(String word) {
        return word.isEmpty() ? Priority.INTERACTIVE : Priority.valueOf(word.toUpperCase(Locale.ROOT));
    }

    /** Present without a value means yes. */
    private static boolean flag(MultiMap query, String name) {
        return switch (text(query, name)) {
            case "" -> query.contains(name);
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static long number(MultiMap query, String name) {
        String value = text(query, name);
        long number = value.isEmpty() ? 0 : Long.parseLong(value);
        if (number < 0 || number > 1_000_000_000_000L) {
            throw new IllegalArgumentException(name);
        }
        return number;
    }

    /** Stands for the beginning of a prompt: the same word, the same target. */
    private static long hash(String text) {
        long hash = 0xcbf29ce484222325L;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
        }
        return hash == 0 ? 1 : hash;
    }

    /** There is none: conditions over it are answered for an empty text. */
    @Override
    public String text() {
        return "";
    }
}
