// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.conversation.AnswerDecoder;
import dev.penstock.conversation.Finish;
import dev.penstock.conversation.StreamDecoder;
import dev.penstock.kit.Answer;
import dev.penstock.kit.CollectedAnswer;
import dev.penstock.kit.Header;
import dev.penstock.kit.ProviderSimulator;
import dev.penstock.kit.RawClient;
import dev.penstock.kit.RawResponse;
import dev.penstock.kit.Recordings;
import dev.penstock.kit.Recordings.Recording;
import dev.penstock.kit.Script;
import dev.penstock.kit.SeenRequest;
import dev.penstock.kit.SplitPlan;
import dev.penstock.sse.SseFramer;
import dev.penstock.translation.chat.ChatAnswerDecoder;
import dev.penstock.translation.chat.ChatStreamDecoder;
import dev.penstock.translation.messages.MessagesAnswerDecoder;
import dev.penstock.translation.messages.MessagesStreamDecoder;
import dev.penstock.translation.responses.ResponsesAnswerDecoder;
import dev.penstock.translation.responses.ResponsesStreamDecoder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Every recorded answer of every protocol, through the whole gateway, in every other schema that a client may speak: what arrives means
 * what an independent parser read in the recording. Each stream comes cut in several ways, see {@link SplitPlan}, and means the
 * same in all of them.
 */
final class TranslatedRecordingsTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    /** A hand-written stream whose answer begins anew inside a tool call: what has gone out cannot be unsaid. */
    private static final String BEGINS_ANEW = "anthropic/messages--spliced-message-start";
    /** A hand-written stream whose last event has a name and no data. */
    private static final String ENDED_BY_NAME = "anthropic/messages--messages-streaming-with-cache";

    private static final SplitPlan[] WHOLE = {SplitPlan.AT_HURTFUL_POINTS};
    private static final SplitPlan[] STREAMED = {
        SplitPlan.ALL_AT_ONCE, SplitPlan.AT_HURTFUL_POINTS, SplitPlan.BYTE_BY_BYTE, SplitPlan.UNTIL_CLOSE
    };
    /** Longer ones are cut at their hurtful points only: a chunk for each byte of megabytes says nothing new. */
    private static final int BYTE_BY_BYTE_UP_TO = 9_000;

    private static final int CLIENTS = 12;
    private static final String OLLAMA = "ollama-native";

    private static final Pattern KEY = Pattern.compile("rec[0-9]+x");
    private static final Map<String, Script> SCRIPTS = new ConcurrentHashMap<>();

    private static ProviderSimulator provider;
    private static InProcess gateway;
    private static ExecutorService clients;

    /** What a client speaks. */
    private enum Client {
        CHAT("/v1/chat/completions", "openai-chat", ChatStreamDecoder::new, new ChatAnswerDecoder()),
        MESSAGES("/v1/messages", "anthropic-messages", MessagesStreamDecoder::new, new MessagesAnswerDecoder()),
        RESPONSES("/v1/responses", "openai-responses", ResponsesStreamDecoder::new, new ResponsesAnswerDecoder());

        private final String path;
        private final String protocol;
        private final Supplier<StreamDecoder> stream;
        private final AnswerDecoder answer;

        Client(String path, String protocol, Supplier<StreamDecoder> stream, AnswerDecoder answer) {
            this.path = path;
            this.protocol = protocol;
            this.stream = stream;
            this.answer = answer;
        }

        String request(String model, boolean stream) {
            String field = this == RESPONSES
                    ? "\"input\":\"x\""
                    : "\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]"
                            + (this == MESSAGES ? ",\"max_tokens\":100" : "");
            String usage = this == CHAT && stream ? ",\"stream_options\":{\"include_usage\":true}" : "";
            return "{\"model\":\"" + model + "\"," + field + ",\"stream\":" + stream + usage + "}";
        }
    }

    /** Recorded services that are described: their answers come from a provider of their name. */
    private static final Set<String> DESCRIBED = Set.of(
            "cohere", "deepseek", "groq", "mistral", "ollama", "openrouter", "perplexity", "together", "vllm", "xai");

    private static final Map<String, String> PROVIDERS = Map.of(
            "openai-chat",
            "chat",
            "anthropic-messages",
            "claude",
            "gemini",
            "google",
            "bedrock-converse",
            "aws",
            "ollama-native",
            "llama",
            CohereReference.PROTOCOL,
            "command");

    @BeforeAll
    static void start() {
        Answer byKey = TranslatedRecordingsTest::script;
        provider = ProviderSimulator.builder().otherwise(byKey).start();
        clients = Executors.newFixedThreadPool(CLIENTS);
        String root = provider.baseUrl().replaceFirst("/v1$", "");
        gateway = InProcess.start("""
                providers:
                  chat:   {type: openai, base_url: "%1$s/v1", api_key: k}
                  cohere: {type: openai, base_url: "%1$s/v1", api_key: k}
                  deepseek: {type: openai, base_url: "%1$s/v1", api_key: k}
                  groq:   {type: openai, base_url: "%1$s/v1", api_key: k}
                  mistral: {type: openai, base_url: "%1$s/v1", api_key: k}
                  ollama: {type: openai, base_url: "%1$s/v1", api_key: k}
                  openrouter: {type: openai, base_url: "%1$s/v1", api_key: k}
                  perplexity: {type: openai, base_url: "%1$s/v1", api_key: k}
                  together: {type: openai, base_url: "%1$s/v1", api_key: k}
                  vllm:   {type: openai, base_url: "%1$s/v1", api_key: k}
                  xai:    {type: openai, base_url: "%1$s/v1", api_key: k}
                  claude: {type: anthropic, base_url: "%1$s", api_key: k}
                  google: {type: gemini, base_url: "%1$s", api_key: k}
                  aws:    {type: bedrock, base_url: "%1$s", api_key: k}
                  llama:  {type: ollama, base_url: "%1$s", api_key: k}
                  command: {type: cohere, base_url: "%1$s/v2", api_key: k}
                """.formatted(root));
    }

    @AfterAll
    static void stop() {
        clients.shutdownNow();
        gateway.close();
        provider.close();
    }

    private static Script script(SeenRequest request) {
        Matcher key = KEY.matcher(request.target() + " " + request.model());
        if (!key.find()) {
            throw new AssertionError("no recording for " + request.target());
        }
        return SCRIPTS.get(key.group());
    }

    @TestFactory
    Stream<DynamicTest> everyRecordedAnswerMeansTheSameInEveryOtherSchema() {
        List<DynamicTest> tests = new ArrayList<>();
        Recordings.open().stream()
                .flatMap(Recordings::all)
                .filter(recording -> PROVIDERS.containsKey(recording.protocol()))
                .filter(recording -> expected(recording).isObject())
                .filter(recording -> isWhatAProviderSends(recording))
                .forEach(recording -> {
                    Map<SplitPlan, String> keys = replays(recording);
                    for (Client client : Client.values()) {
                        if (!client.protocol.equals(recording.protocol())) {
                            tests.add(test(recording, keys, client));
                        }
                    }
                });
        return tests.stream();
    }

    /** The exchanges of all tests begin at once, a dozen at a time; each test then looks at its own. */
    private static DynamicTest test(Recording recording, Map<SplitPlan, String> keys, Client client) {
        Map<SplitPlan, Future<RawResponse>> running = new EnumMap<>(SplitPlan.class);
        keys.forEach((plan, key) -> running.put(plan, clients.submit(() -> exchange(recording, key, client))));
        return DynamicTest.dynamicTest(recording.id() + " to " + client, () -> {
            for (Map.Entry<SplitPlan, Future<RawResponse>> run : running.entrySet()) {
                RawResponse response = run.getValue().get();
                try {
                    check(recording, client, response);
                } catch (AssertionError wrong) {
                    // Reports name dynamic tests by number only.
                    throw new AssertionError(
                            recording.id() + " to " + client + ", cut " + run.getKey() + ": " + wrong.getMessage(),
                            wrong);
                }
            }
        });
    }

    /** Some fixtures hold the events of a binary stream as lines of text: nothing that a provider ever sent. */
    private static boolean isWhatAProviderSends(Recording recording) {
        return recording.protocol().equals(OLLAMA) || !recording.contentType().startsWith("application/x-ndjson");
    }

    /** Nobody has read Ollama's and Cohere's own answers for us, so they are read here; not all of Ollama's are of a chat. */
    private static JsonNode expected(Recording recording) {
        if (recording.protocol().equals(CohereReference.PROTOCOL)) {
            return CohereReference.read(recording);
        }
        if (!recording.protocol().equals(OLLAMA) || !recording.id().contains("/api-chat--") || recording.stream()) {
            return recording.expected();
        }
        try {
            JsonNode answer = JSON.readTree(recording.bytes());
            ObjectNode expected = JSON.createObjectNode();
            if (answer.has("error")) {
                expected.putObject("error");
                return expected;
            }
            ObjectNode choice = expected.putArray("choices").addObject();
            choice.set("text", answer.at("/message/content"));
            choice.set("finish_reason", answer.path("done_reason"));
            ArrayNode calls = choice.putArray("tool_calls");
            answer.at("/message/tool_calls").forEach(call -> calls.add(call.path("function")));
            expected.putObject("usage")
                    .<ObjectNode>setAll(Map.of(
                            "input_total", answer.path("prompt_eval_count"),
                            "output_total", answer.path("eval_count")));
            return expected;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The recording as scripts, one for each way of cutting it. */
    private static Map<SplitPlan, String> replays(Recording recording) {
        Map<SplitPlan, String> keys = new EnumMap<>(SplitPlan.class);
        byte[] bytes = recording.bytes();
        int[] hurtful = SplitPlan.hurtful(bytes, recording.splitPoints());
        for (SplitPlan plan : recording.stream() ? STREAMED : WHOLE) {
            if (plan != SplitPlan.BYTE_BY_BYTE || bytes.length <= BYTE_BY_BYTE_UP_TO) {
                String key = "rec" + SCRIPTS.size() + "x";
                Script.Builder head = Script.status(recording.status()).header("content-type", recording.contentType());
                SCRIPTS.put(key, plan.of(head, bytes, hurtful));
                keys.put(plan, key);
            }
        }
        return keys;
    }

    private static RawResponse exchange(Recording recording, String key, Client client) {
        String model = provider(recording) + "/" + key;
        try (RawClient raw = RawClient.connect(gateway.port(), Duration.ofSeconds(30))) {
            Header version = new Header("anthropic-version", "2023-06-01");
            raw.post(client.path, client.request(model, recording.stream()), version);
            return raw.readResponse();
        }
    }

    private static void check(Recording recording, Client client, RawResponse response) throws Exception {
        JsonNode expected = expected(recording);
        JsonNode choice = expected.at("/choices/0");
        boolean blocked = expected.path("prompt_block_reason").isTextual();
        boolean whole = !expected.path("error").isObject()
                && (blocked || hasAnything(choice))
                && recording.status() == 200
                && (expected.path("terminal_seen").asBoolean(true)
                        || recording.id().equals(ENDED_BY_NAME))
                && !recording.id().equals(BEGINS_ANEW);
        CollectedAnswer got = new CollectedAnswer();
        if (response.status() != 200) {
            assertThat(whole)
                    .as("refused: " + response.status() + " " + response.bodyText())
                    .isFalse();
            assertThat(response.status()).isGreaterThanOrEqualTo(400);
            assertThat(JSON.readTree(response.body()).at("/error/message").asText())
                    .isNotBlank();
            return;
        }
        assertThat(response.complete() || !whole).as("framing").isTrue();
        if (recording.stream()) {
            collect(client, response.body(), got);
        } else {
            client.answer.decode(response.body(), got);
        }
        if (!whole) {
            assertThat(got.error)
                    .as("an answer that was cut must not look complete")
                    .isNotNull();
            assertThat(got.ended).isFalse();
            return;
        }
        assertThat(got.error).isNull();
        assertThat(got.ended).as("the end of the answer").isTrue();
        if (blocked) {
            // Why, stands in a refusal where the schema has one, and in the text where it has none.
            assertThat(got.finish.reason()).isEqualTo(Finish.Reason.CONTENT_FILTER);
        } else {
            assertThat(got.text.toString()).isEqualTo(choice.path("text").asText(""));
        }
        // The reference does not join what Gemini sends in parts; the room's own tests do.
        if (choice.path("tool_calls").findValue("partial") == null) {
            assertThat(calls(got)).isEqualTo(calls(choice));
        }
        JsonNode usage = expected.path("usage");
        if (usage.path("output_total").isNumber()) {
            long output = usage.path("output_total").asLong();
            long reasoning = usage.path("reasoning").asLong();
            // xAI counts reasoning beside the completion; in the normal form it is a part of the output.
            assertThat(got.tokens.output())
                    .as("output tokens")
                    .isEqualTo(reasoning > output ? output + reasoning : output);
        }
        if (usage.path("input_total").isNumber()) {
            assertThat(got.tokens.input())
                    .as("input tokens")
                    .isEqualTo(usage.path("input_total").asLong());
        }
    }

    private static String provider(Recording recording) {
        String service = recording.id().substring(0, recording.id().indexOf('/'));
        boolean described = recording.protocol().equals("openai-chat") && DESCRIBED.contains(service);
        return described ? service : PROVIDERS.get(recording.protocol());
    }

    private static boolean hasAnything(JsonNode choice) {
        return choice.path("finish_reason").isTextual()
                || !choice.path("text").asText("").isEmpty()
                || !choice.path("tool_calls").isEmpty();
    }

    private static void collect(Client client, byte[] body, CollectedAnswer into) {
        StreamDecoder decoder = client.stream.get();
        SseFramer framer = new SseFramer();
        int from = 0;
        int end;
        while ((end = framer.nextEventEnd(body, from, body.length)) >= 0) {
            assertThat(decoder.event(body, from, end, into))
                    .as("an event of the schema")
                    .isTrue();
            from = end;
        }
        assertThat(from).as("the last event is whole").isEqualTo(body.length);
    }

    private static List<String> calls(CollectedAnswer got) {
        List<String> calls = new ArrayList<>();
        for (CollectedAnswer.Call call : got.calls.values()) {
            calls.add(call.name + " " + normal(call.json()));
        }
        return calls;
    }

    /** Arguments that were cut by a token limit are no JSON, and stay what they are. */
    private static String normal(String arguments) {
        try {
            return JSON.readTree(arguments).toString();
        } catch (JsonProcessingException cut) {
            return arguments;
        }
    }

    private static List<String> calls(JsonNode choice) {
        List<String> calls = new ArrayList<>();
        for (JsonNode call : choice.path("tool_calls")) {
            JsonNode arguments = call.path("arguments");
            String text =
                    arguments.isTextual() ? arguments.asText() : arguments.isObject() ? arguments.toString() : "{}";
            String name = call.path("name").asText();
            // A provider's own tools are its own business, and a call without a name is none.
            if (!name.isEmpty() && !name.startsWith("nova_")) {
                calls.add(name + " " + normal(text.isBlank() ? "{}" : text));
            }
        }
        return calls;
    }
}
