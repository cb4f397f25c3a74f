// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation;

import dev.penstock.conversation.AddressedImages;
import dev.penstock.conversation.Conversation;
import dev.penstock.conversation.Losses;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.ChatDialect;
import dev.penstock.exchange.GatewayError;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What of a client's schema reaches a provider's. Nobody wrote this table down: each cell is what the translation does with the
 * sample of its {@link Feature}, so it cannot promise what the code does not keep. Computed once, when first asked for.
 */
public final class Capabilities {

    /** What becomes of a feature. */
    public enum Fate {
        /** The same schema: byte for byte, whatever the provider makes of it. */
        PASSES,
        /** Said in the provider's words. */
        TRANSLATED,
        /** Said in the provider's words once Penstock has fetched what stands at an address, where {@code fetch.hosts} allows it. */
        FETCHED,
        /** Left out, and named in {@code x-penstock-dropped}. */
        DROPPED,
        /** Refused with an error that names the field, because an answer without it would be another answer. */
        REFUSED,
        /** The client's schema has no word for it. */
        UNSAYABLE
    }

    /** Schemas of clients, in the order of the documentation. */
    public static final List<ApiSchema> CLIENTS =
            List.of(ApiSchema.OPENAI_CHAT, ApiSchema.OPENAI_RESPONSES, ApiSchema.ANTHROPIC_MESSAGES);

    /** Schemas of providers, in the order of the documentation. */
    public static final List<ApiSchema> PROVIDERS = List.of(
            ApiSchema.OPENAI_CHAT,
            ApiSchema.ANTHROPIC_MESSAGES,
            ApiSchema.GEMINI_GENERATE_CONTENT,
            ApiSchema.BEDROCK_CONVERSE,
            ApiSchema.OLLAMA_CHAT,
            ApiSchema.COHERE_CHAT);

    /** A current model of each vendor: some features depend on the family. */
    private static final Map<ApiSchema, String> MODELS = new EnumMap<>(Map.of(
            ApiSchema.OPENAI_CHAT, "gpt-4.1-mini",
            ApiSchema.ANTHROPIC_MESSAGES, "claude-sonnet-4-5",
            ApiSchema.GEMINI_GENERATE_CONTENT, "gemini-2.5-flash",
            ApiSchema.BEDROCK_CONVERSE, "anthropic.claude-sonnet-4-5-20250929-v1:0",
            ApiSchema.OLLAMA_CHAT, "qwen3:8b",
            ApiSchema.COHERE_CHAT, "command-a-reasoning-08-2025"));

    private static final int MAX_TOKENS = 4_096;

    /** Of the servers of OpenAI's chat that are described, as they are asked for. */
    private static final Map<ChatDialect, Map<ApiSchema, Map<Feature, Fate>>> DESCRIBED = new ConcurrentHashMap<>();

    private static final class Computed {
        private static final Map<ApiSchema, Map<ApiSchema, Map<Feature, Fate>>> TABLE = compute();
    }

    private Capabilities() {}

    /** What becomes of it on the way between the two. */
    public static Fate of(ApiSchema client, ApiSchema provider, Feature feature) {
        Fate fate = Computed.TABLE
                .getOrDefault(client, Map.of())
                .getOrDefault(provider, Map.of())
                .get(feature);
        if (fate == null) {
            throw new IllegalArgumentException("no translation from " + client + " to " + provider);
        }
        return fate;
    }

    /** What becomes of it on the way to a provider of which more is known than its schema. */
    public static Fate of(ApiSchema client, ApiSchema provider, ChatDialect dialect, Feature feature) {
        if (provider != ApiSchema.OPENAI_CHAT || dialect == ChatDialect.UNKNOWN) {
            return of(client, provider, feature);
        }
        Map<ApiSchema, Map<Feature, Fate>> table = DESCRIBED.computeIfAbsent(dialect, Capabilities::compute);
        Fate fate = table.getOrDefault(client, Map.of()).get(feature);
        return fate == null ? of(client, provider, feature) : fate;
    }

    private static Map<ApiSchema, Map<ApiSchema, Map<Feature, Fate>>> compute() {
        Map<ApiSchema, Map<ApiSchema, Map<Feature, Fate>>> table = new EnumMap<>(ApiSchema.class);
        for (ApiSchema client : CLIENTS) {
            Map<ApiSchema, Map<Feature, Fate>> byProvider = new EnumMap<>(ApiSchema.class);
            for (ApiSchema provider : PROVIDERS) {
                byProvider.put(provider, fates(client, provider, ChatDialect.UNKNOWN));
            }
            table.put(client, byProvider);
        }
        return table;
    }

    private static Map<ApiSchema, Map<Feature, Fate>> compute(ChatDialect dialect) {
        Map<ApiSchema, Map<Feature, Fate>> table = new EnumMap<>(ApiSchema.class);
        for (ApiSchema client : CLIENTS) {
            table.put(client, fates(client, ApiSchema.OPENAI_CHAT, dialect));
        }
        return table;
    }

    private static Map<Feature, Fate> fates(ApiSchema client, ApiSchema provider, ChatDialect dialect) {
        Map<Feature, Fate> fates = new EnumMap<>(Feature.class);
        for (Feature feature : Feature.values()) {
            fates.put(feature, fate(client, provider, dialect, feature));
        }
        return fates;
    }

    private static Fate fate(ApiSchema client, ApiSchema provider, ChatDialect dialect, Feature feature) {
        byte[] sample = sample(client, feature);
        if (sample == null) {
            return Fate.UNSAYABLE;
        }
        if (client == provider) {
            return Fate.PASSES;
        }
        Losses losses = new Losses();
        try {
            translate(client, provider, dialect, TranslationTable.reader(client).read(sample), losses);
        } catch (GatewayError refused) {
            return isFetchable(client, provider, sample) ? Fate.FETCHED : Fate.REFUSED;
        }
        return losses.isEmpty() ? Fate.TRANSLATED : Fate.DROPPED;
    }

    private static boolean isFetchable(ApiSchema client, ApiSchema provider, byte[] sample) {
        if (!TranslationTable.between(client, provider, MAX_TOKENS).takesOnlyBytes()) {
            return false;
        }
        Losses losses = new Losses();
        try {
            translate(client, provider, ChatDialect.UNKNOWN, fetched(client, sample), losses);
        } catch (GatewayError refused) {
            return false;
        }
        return losses.isEmpty();
    }

    /** The request as it is once each address of an image has been followed. */
    static Conversation fetched(ApiSchema client, byte[] request) {
        Conversation said = TranslationTable.reader(client).read(request);
        Map<String, AddressedImages.Content> found = new HashMap<>();
        AddressedImages.in(said)
                .forEach(place -> found.put(place.url(), new AddressedImages.Content("image/png", "iVBORw0KGgo=")));
        return AddressedImages.filled(said, found);
    }

    /** The provider's request for a client's. */
    static byte[] translate(ApiSchema client, ApiSchema provider, byte[] request, Losses losses) {
        return translate(
                client,
                provider,
                ChatDialect.UNKNOWN,
                TranslationTable.reader(client).read(request),
                losses);
    }

    static byte[] translate(
            ApiSchema client, ApiSchema provider, ChatDialect dialect, Conversation said, Losses losses) {
        String model = MODELS.getOrDefault(provider, "model");
        return TranslationTable.between(client, provider, MAX_TOKENS, dialect, true)
                .request(said, model, losses);
    }

    /** A whole request with nothing but a question and the feature; null where the schema has no word for it. */
    static byte @Nullable [] sample(ApiSchema client, Feature feature) {
        String said = words(client, feature);
        return said == null ? null : request(client, said);
    }

    /** A whole request with nothing but a question. */
    static byte[] plain(ApiSchema client) {
        return request(client, "");
    }

    private static byte[] request(ApiSchema client, String said) {
        List<String> members = new ArrayList<>();
        members.add("'model':'m'");
        boolean responses = client == ApiSchema.OPENAI_RESPONSES;
        String prompt = responses ? "'input'" : "'messages'";
        if (!said.contains(prompt + ":")) {
            members.add(prompt + (responses ? ":'Hi'" : ":[{'role':'user','content':'Hi'}]"));
        }
        if (client == ApiSchema.ANTHROPIC_MESSAGES && !said.contains("'max_tokens':")) {
            members.add("'max_tokens':100");
        }
        if (!said.isEmpty()) {
            members.add(said);
        }
        String json = "{" + String.join(",", members) + "}";
        return json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    }

    private static @Nullable String words(ApiSchema client, Feature feature) {
        return switch (client) {
            case OPENAI_CHAT -> feature.chat();
            case ANTHROPIC_MESSAGES -> feature.messages();
            case OPENAI_RESPONSES -> feature.responses();
            default -> null;
        };
    }
}
