// SPDX-License-Identifier: Apache-2.0
package dev.penstock.pipeline;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.conversation.Conversation;
import dev.penstock.conversation.JsonTree;
import dev.penstock.conversation.Message;
import dev.penstock.conversation.Message.Role;
import dev.penstock.conversation.Part;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Identity;
import dev.penstock.exchange.Priority;
import dev.penstock.exchange.RequestFacts;
import dev.penstock.exchange.TargetEdits;
import dev.penstock.schema.openai.TokenEstimate;
import dev.penstock.translation.TranslationTable;
import dev.penstock.translation.edits.EditedRequest;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The facts of a request that has arrived. What stands in its head is there at once; for the rest the whole is read when somebody asks,
 * and once. A body that can not be read so far has none of it: whoever answers the request says what is wrong with it. Belongs to the
 * event loop of its exchange.
 */
public final class AskedFacts implements RequestFacts {

    private static final Whole NOTHING = new Whole(false, false, false, "", "", 0);

    private static final TargetEdits LIMITED = new TargetEdits(Map.of(), false, false, 1, 0);

    private final ApiSchema schema;
    private final byte[] body;
    private final Asked head;
    private final Identity who;
    private final Priority priority;
    private @Nullable Whole whole;

    /** What only the whole body tells. */
    private record Whole(
            boolean tools, boolean images, boolean structured, String text, String user, long prefixHash) {}

    private AskedFacts(ApiSchema schema, byte[] body, Asked head, Identity who, Priority priority) {
        this.schema = schema;
        this.body = body;
        this.head = head;
        this.who = who;
        this.priority = priority;
    }

    /** Of a request whose head was read from this body. */
    static RequestFacts of(ApiSchema schema, byte[] body, Asked head, Identity who, Priority priority) {
        return new AskedFacts(schema, body, head, who, priority);
    }

    /**
     * Of a request that nobody has sent: to find out what would become of it.
     *
     * @param schema {@code chat}, {@code messages}, {@code responses}, {@code completions} or {@code embeddings}
     * @param body as a client would send it
     * @throws GatewayError of kind INVALID_REQUEST when there is no such schema, or the body is no request of it
     */
    public static RequestFacts read(String schema, byte[] body, Identity who, Priority priority) {
        ApiSchema spoken =
                switch (schema.toLowerCase(Locale.ROOT)) {
                    case "chat" -> ApiSchema.OPENAI_CHAT;
                    case "messages" -> ApiSchema.ANTHROPIC_MESSAGES;
                    case "responses" -> ApiSchema.OPENAI_RESPONSES;
                    case "completions" -> ApiSchema.OPENAI_COMPLETIONS;
                    case "embeddings" -> ApiSchema.OPENAI_EMBEDDINGS;
                    default ->
                        throw GatewayError.builder(
                                        GatewayError.Kind.INVALID_REQUEST, "There is no such schema of requests.")
                                .param("schema")
                                .hint("Use chat, messages, responses, completions or embeddings.")
                                .build();
                };
        return of(spoken, body, Asked.read(spoken, body), who, priority);
    }

    @Override
    public String model() {
        return head.model();
    }

    @Override
    public ApiSchema schema() {
        return schema;
    }

    @Override
    public boolean stream() {
        return head.stream();
    }

    @Override
    public long tokens() {
        return TokenEstimate.tokens(head.promptBytes());
    }

    @Override
    public long maxTokens() {
        return head.maxTokens();
    }

    @Override
    public boolean tools() {
        return whole().tools;
    }

    @Override
    public boolean images() {
        return whole().images;
    }

    @Override
    public boolean structured() {
        return whole().structured;
    }

    @Override
    public String text() {
        return whole().text;
    }

    @Override
    public long prefixHash() {
        return whole().prefixHash;
    }

    @Override
    public String tenant() {
        return who.tenant();
    }

    @Override
    public String region() {
        return who.region();
    }

    @Override
    public String user() {
        return whole().user;
    }

    @Override
    public Priority priority() {
        return priority;
    }

    // ------------------------------------------------------------------ the whole

    private Whole whole() {
        Whole read = whole;
        if (read == null) {
            read = read();
            whole = read;
        }
        return read;
    }

    private Whole read() {
        try {
            return switch (schema) {
                case OPENAI_CHAT, OPENAI_RESPONSES, ANTHROPIC_MESSAGES ->
                    of(TranslationTable.reader(schema).read(body));
                case OPENAI_COMPLETIONS -> ofPrompt("prompt");
                case OPENAI_EMBEDDINGS -> ofPrompt("input");
                // The same without the limit that the reader demands.
                case ANTHROPIC_COUNT_TOKENS ->
                    of(TranslationTable.reader(ApiSchema.ANTHROPIC_MESSAGES)
                            .read(EditedRequest.of(ApiSchema.ANTHROPIC_MESSAGES, body, LIMITED)));
                case GEMINI_GENERATE_CONTENT, BEDROCK_CONVERSE, OLLAMA_CHAT, COHERE_CHAT -> NOTHING;
            };
        } catch (GatewayError unreadable) {
            return NOTHING;
        }
    }

    private static Whole of(Conversation conversation) {
        return new Whole(
                offersTools(conversation),
                conversation.messages().stream()
                        .flatMap(message -> message.parts().stream())
                        .anyMatch(AskedFacts::hasImage),
                conversation.format() != null,
                lastWords(conversation.messages()),
                user(conversation),
                PromptPrefix.hash(conversation));
    }

    /** A provider's own tools have no place in the conversation; they are kept beside it under their path. */
    private static boolean offersTools(Conversation conversation) {
        return !conversation.tools().isEmpty()
                || conversation.extras().keySet().stream()
                        .anyMatch(path -> path.startsWith("tools[") || path.equals("web_search_options"));
    }

    private static boolean hasImage(Part part) {
        return switch (part) {
            case Part.Image image -> true;
            case Part.ToolResult result -> result.content().stream().anyMatch(AskedFacts::hasImage);
            case Part.Text text -> false;
            case Part.Document document -> false;
            case Part.Audio audio -> false;
            case Part.ToolCall call -> false;
            case Part.Thought thought -> false;
            case Part.Refusal refusal -> false;
        };
    }

    /** Of the last message of the user that has any: results of tools are no words of the user's. */
    private static String lastWords(List<Message> messages) {
        for (Message message : messages.reversed()) {
            String said = message.role() == Role.USER ? words(message) : "";
            if (!said.isEmpty()) {
                return said;
            }
        }
        return "";
    }

    private static String words(Message message) {
        return message.parts().stream()
                .flatMap(part -> part instanceof Part.Text text ? Stream.of(text.text()) : Stream.empty())
                .collect(Collectors.joining("\n"));
    }

    /** OpenAI has had three names for it, the newest of which say better who is meant; the key of the cache serves as well. */
    private static String user(Conversation conversation) {
        return conversation.user() != null
                ? conversation.user()
                : firstText(
                        conversation.extras().get("safety_identifier"),
                        conversation.extras().get("prompt_cache_key"));
    }

    private static String firstText(@Nullable JsonNode... values) {
        for (JsonNode value : values) {
            if (value != null && value.isTextual()) {
                return value.textValue();
            }
        }
        return "";
    }

    // ------------------------------------------------------------------ schemas without a conversation

    private Whole ofPrompt(String name) {
        ObjectNode request = JsonTree.objectIn(body);
        if (request == null) {
            return NOTHING;
        }
        String prompt = texts(request.path(name));
        return new Whole(false, false, false, prompt, firstText(request.get("user")), PromptPrefix.hash(prompt));
    }

    /** Of a text or several; tokens by their numbers say nothing here. */
    private static String texts(JsonNode prompt) {
        if (prompt.isTextual()) {
            return prompt.textValue();
        }
        StringBuilder all = new StringBuilder();
        for (JsonNode text : prompt) {
            if (text.isTextual()) {
                all.append(all.isEmpty() ? "" : "\n").append(text.textValue());
            }
        }
        return all.toString();
    }
}
