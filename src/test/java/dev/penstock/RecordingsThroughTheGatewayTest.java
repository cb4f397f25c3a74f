// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.SoftAssertions.assertSoftly;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.kit.Answer;
import dev.penstock.kit.ChatTranscript;
import dev.penstock.kit.GoldenStream;
import dev.penstock.kit.ProviderSimulator;
import dev.penstock.kit.RawClient;
import dev.penstock.kit.RawResponse;
import dev.penstock.kit.Recordings;
import dev.penstock.kit.Script;
import dev.penstock.kit.SplitPlan;
import dev.penstock.kit.SseEvents;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * What a provider sent is what the client gets, byte for byte, however the network cut it: every golden stream, and every
 * recorded one when a folder of recordings is given ({@code -Dpenstock.recordings}). A stream that was complete arrives
 * complete, without the usage chunk if the client did not ask for it; a stream that never said how it ended arrives with an
 * error event instead of its marker. Finish reason and usage of the request log are compared with an independent parser.
 */
final class RecordingsThroughTheGatewayTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    /** Longer ones are cut at their hurtful points only: a chunk for each byte of megabytes says nothing new. */
    private static final int BYTE_BY_BYTE_UP_TO = 9_000;

    private static final int CLIENTS = 12;

    private static ProviderSimulator provider;
    private static InProcess gateway;
    private static ExecutorService clients;
    private static final Map<String, JsonNode> SETTLED = new HashMap<>();

    @BeforeAll
    static void start() {
        provider = ProviderSimulator.start();
        gateway = InProcess.start("providers: {sim: {type: openai, base_url: \"" + provider.baseUrl() + "\"}}\n");
        clients = Executors.newFixedThreadPool(CLIENTS);
    }

    @AfterAll
    static void stop() {
        clients.shutdownNow();
        gateway.close();
        provider.close();
    }

    /**
     * A stream with what it means.
     *
     * @param finish of the choice with index 0, null when there is none
     * @param complete whether the provider ended it as the protocol says
     */
    private record Case(String name, byte[] bytes, int[] hurtful, boolean complete, String finish, Counts counts) {}

    /** Tokens in the form of the request log; null when the provider counted nothing. */
    private record Counts(long input, long output, long cached, long reasoning) {}

    private record Received(SplitPlan plan, boolean usageAsked, RawResponse response) {}

    @TestFactory
    Stream<DynamicTest> goldenStreamsArriveIntactHoweverTheyAreCut() {
        return arriving(GoldenStream.all("openai-chat").stream().map(RecordingsThroughTheGatewayTest::golden));
    }

    @TestFactory
    Stream<DynamicTest> recordedStreamsArriveIntactHoweverTheyAreCut() {
        return arriving(Recordings.open().stream()
                .flatMap(recordings -> recordings.streams("openai-chat"))
                .map(RecordingsThroughTheGatewayTest::recorded));
    }

    /** All exchanges begin at once, a dozen at a time; each test then looks at those of one stream. */
    private static Stream<DynamicTest> arriving(Stream<Case> cases) {
        Map<Case, List<Future<Received>>> running = new LinkedHashMap<>();
        cases.forEach(one -> running.put(one, replays(one)));
        return running.entrySet().stream()
                .map(entry -> DynamicTest.dynamicTest(entry.getKey().name(), () -> {
                    for (Future<Received> future : entry.getValue()) {
                        verify(entry.getKey(), future.get());
                    }
                }));
    }

    private static List<Future<Received>> replays(Case one) {
        List<Future<Received>> replays = new ArrayList<>();
        for (SplitPlan plan : SplitPlan.values()) {
            if (plan != SplitPlan.BYTE_BY_BYTE || one.bytes().length <= BYTE_BY_BYTE_UP_TO) {
                // Hidden usage changes what is cut out, not how: each plan once, two plans in both ways.
                replays.add(clients.submit(() -> replay(one, plan, true)));
                if (plan == SplitPlan.ALL_AT_ONCE || plan == SplitPlan.AT_HURTFUL_POINTS) {
                    replays.add(clients.submit(() -> replay(one, plan, false)));
                }
            }
        }
        return replays;
    }

    private static Received replay(Case one, SplitPlan plan, boolean usageAsked) {
        String model = one.name() + "#" + plan;
        provider.when(model, script(one, plan));
        String options = usageAsked ? ",\"stream_options\":{\"include_usage\":true}" : "";
        try (RawClient client = RawClient.connect(gateway.port(), Duration.ofSeconds(30))) {
            client.post(
                    "/v1/chat/completions",
                    "{\"model\":\"sim/" + model
                            + "\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]" + options
                            + "}");
            return new Received(plan, usageAsked, client.readResponse());
        }
    }

    private static Answer script(Case one, SplitPlan plan) {
        return plan.of(Script.stream(), one.bytes(), one.hurtful());
    }

    // ------------------------------------------------------------------ what must have come

    private static void verify(Case one, Received received) {
        RawResponse response = received.response();
        JsonNode line = settlement(response.header("x-request-id").orElseThrow());
        assertSoftly(softly -> {
            if (one.complete()) {
                softly.assertThat(response.status()).isEqualTo(200);
                softly.assertThat(response.complete())
                        .as("framing of " + received.plan())
                        .isTrue();
                softly.assertThat(text(response.body()))
                        .as(received.plan() + (received.usageAsked() ? "" : ", usage hidden"))
                        .isEqualTo(text(received.usageAsked() ? one.bytes() : withoutUsage(one.bytes())));
                softly.assertThat(line.at("/penstock/outcome").asText()).isEqualTo("ok");
                softly.assertThat(line.at("/gen_ai/response/finish_reasons/0").asText(null))
                        .isEqualTo(one.finish());
            }
        });
        if (!one.complete()) {
            verifyFailure(one, received, line);
        } else if (one.counts() != null) {
            assertThat(counts(line)).isEqualTo(one.counts());
            assertThat(line.at("/penstock/usage_estimated").asBoolean()).isFalse();
        } else {
            assertThat(line.at("/penstock/usage_estimated").asBoolean()).isTrue();
        }
    }

    /** The provider failed inside of status 200, or never said how its answer ended. */
    private static void verifyFailure(Case one, Received received, JsonNode line) {
        RawResponse response = received.response();
        assertThat(response.bodyText()).doesNotContain("[DONE]");
        assertThat(line.at("/penstock/outcome").asText()).isIn("truncated", "upstream_error");
        if (ChatTranscript.of(one.bytes()).choices().isEmpty()) {
            assertThat(response.status()).isBetween(500, 599);
            return;
        }
        assertThat(response.status()).isEqualTo(200);
        byte[] body = response.body();
        int error = lastEventStart(body);
        byte[] relayed = Arrays.copyOf(body, error);
        byte[] sent = received.usageAsked() ? one.bytes() : withoutUsage(one.bytes());
        assertThat(Arrays.copyOf(sent, relayed.length))
                .as("a prefix of what was sent")
                .isEqualTo(relayed);
        assertThat(ChatTranscript.of(relayed).text())
                .isEqualTo(ChatTranscript.of(one.bytes()).text());
        assertThat(ChatTranscript.of(relayed).error()).isEmpty();
        assertThat(text(Arrays.copyOfRange(body, error, body.length))).startsWith("data: {\"error\":{\"message\":");
    }

    /** The line of that exchange, from among the lines of all. */
    private static JsonNode settlement(String id) {
        synchronized (SETTLED) {
            while (!SETTLED.containsKey(id)) {
                JsonNode line = gateway.awaitSettlement();
                SETTLED.put(line.at("/http/request/id").asText(), line);
            }
            return SETTLED.remove(id);
        }
    }

    private static Counts counts(JsonNode line) {
        JsonNode usage = line.at("/gen_ai/usage");
        return new Counts(
                usage.path("input_tokens").asLong(),
                usage.path("output_tokens").asLong(),
                usage.at("/cache_read/input_tokens").asLong(),
                usage.at("/reasoning/output_tokens").asLong());
    }

    // ------------------------------------------------------------------ cases

    private static Case golden(GoldenStream golden) {
        JsonNode expected = golden.expected();
        JsonNode usage = expected.path("usage");
        return new Case(
                golden.name(),
                golden.bytes(),
                SplitPlan.hurtful(golden.bytes(), new int[0]),
                expected.path("complete").asBoolean(),
                finish(expected),
                usage.isObject() ? counts(usage, "input", "output", "cached", "reasoning") : null);
    }

    private static Case recorded(Recordings.Recording recording) {
        JsonNode expected = recording.expected();
        JsonNode usage = expected.path("usage");
        return new Case(
                recording.id(),
                recording.bytes(),
                SplitPlan.hurtful(recording.bytes(), recording.splitPoints()),
                expected.path("terminal_seen").asBoolean(),
                finish(expected),
                usage.path("input_total").isNumber()
                        ? counts(usage, "input_total", "output_total", "cached_read", "reasoning")
                        : null);
    }

    /** The reference keeps xAI's words: cached tokens beside the prompt, reasoning beside the completion. */
    private static Counts counts(JsonNode usage, String in, String out, String cached, String thoughts) {
        long input = usage.path(in).asLong();
        long output = usage.path(out).asLong();
        long reasoning = usage.path(thoughts).asLong();
        return new Counts(
                input,
                reasoning > output ? output + reasoning : output,
                Math.min(usage.path(cached).asLong(), input),
                reasoning);
    }

    private static String finish(JsonNode expected) {
        for (JsonNode choice : expected.path("choices")) {
            if (choice.path("index").asInt() == 0) {
                return choice.path("finish_reason").textValue();
            }
        }
        return null;
    }

    // ------------------------------------------------------------------ bytes

    private static int lastEventStart(byte[] bytes) {
        int[] ends = SplitPlan.eventEnds(bytes);
        return ends.length < 2 ? 0 : ends[ends.length - 2];
    }

    /** The stream without the events that have usage and an empty list of choices, read with a JSON tree. */
    private static byte[] withoutUsage(byte[] bytes) {
        ByteArrayOutputStream rest = new ByteArrayOutputStream();
        int from = 0;
        for (int end : SplitPlan.eventEnds(bytes)) {
            byte[] event = Arrays.copyOfRange(bytes, from, end);
            if (!isUsageOnly(event)) {
                rest.writeBytes(event);
            }
            from = end;
        }
        rest.write(bytes, from, bytes.length - from);
        return rest.toByteArray();
    }

    private static boolean isUsageOnly(byte[] event) {
        for (String data : SseEvents.parse(event).data()) {
            if (data.startsWith("{")) {
                try {
                    JsonNode chunk = JSON.readTree(data);
                    return chunk.path("usage").isObject()
                            && chunk.path("choices").isArray()
                            && chunk.path("choices").isEmpty();
                } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
                    return false;
                }
            }
        }
        return false;
    }

    /** One character for each byte, so that a difference of bytes is a difference of texts that can be read. */
    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
