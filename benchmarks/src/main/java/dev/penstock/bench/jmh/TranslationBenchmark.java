// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench.jmh;

import dev.penstock.conversation.AnswerInfo;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.sse.TranslatingReader;
import dev.penstock.translation.TranslationTable;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What does it cost to read one event of a provider and to say it in a client's schema, decoding and encoding together? Goal: 2.5 us
 * and 1 KiB. Run {@code JMH_ONLY=TranslationBenchmark benchmarks/run jmh}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 1,
        jvmArgsAppend = {EventLoopThreads.CUSTOM, EventLoopThreads.CLASS})
public class TranslationBenchmark {

    private static final String TEXT = " and then some words more";

    @Param({
        "openai_chat>anthropic_messages",
        "openai_chat>openai_responses",
        "anthropic_messages>openai_chat",
        "anthropic_messages>openai_responses",
        "gemini_generate_content>openai_chat",
        "gemini_generate_content>anthropic_messages",
        "gemini_generate_content>openai_responses",
        "bedrock_converse>openai_chat",
        "bedrock_converse>anthropic_messages",
        "bedrock_converse>openai_responses",
        "ollama_chat>openai_chat",
        "ollama_chat>anthropic_messages",
        "ollama_chat>openai_responses",
        "cohere_chat>openai_chat",
        "cohere_chat>anthropic_messages",
        "cohere_chat>openai_responses"
    })
    public String pair;

    private TranslatingReader reader;
    private byte[] event;

    /** Anew for each iteration, because an encoder remembers what it has said. */
    @Setup(Level.Iteration)
    public void prepare() {
        String[] names = pair.toUpperCase(Locale.ROOT).split(">");
        ApiSchema provider = ApiSchema.valueOf(names[0]);
        reader = TranslationTable.between(ApiSchema.valueOf(names[1]), provider, 4_096).stream(
                new AnswerInfo("chat", "req_1", 1_700_000_000L, true, null));
        for (byte[] before : beginning(provider)) {
            reader.read(before, 0, before.length);
        }
        reader.take();
        event = delta(provider);
    }

    @Benchmark
    public byte[] translate() {
        reader.read(event, 0, event.length);
        return reader.take();
    }

    private static byte[][] beginning(ApiSchema provider) {
        return switch (provider) {
            case ANTHROPIC_MESSAGES ->
                new byte[][] {
                    sse(
                            "message_start",
                            "{\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\","
                                    + "\"model\":\"claude\",\"content\":[],\"usage\":{\"input_tokens\":9,\"output_tokens\":1}}}"),
                    sse(
                            "content_block_start",
                            "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}")
                };
            case BEDROCK_CONVERSE -> new byte[][] {frame("messageStart", "{\"role\":\"assistant\"}")};
            default -> new byte[][] {delta(provider)};
        };
    }

    private static byte[] delta(ApiSchema provider) {
        return switch (provider) {
            case OPENAI_CHAT ->
                sse(
                        "",
                        "{\"id\":\"chatcmpl-BdLhEYyUvKXtmEBDvQyGqDvdhYcM3\",\"object\":\"chat.completion.chunk\",\"created\":1748735172,"
                                + "\"model\":\"gpt-4.1-mini-2025-04-14\",\"service_tier\":\"default\",\"system_fingerprint\":\"fp_6f2eabb9a5\",\"choices\":"
                                + "[{\"index\":0,\"delta\":{\"content\":\"" + TEXT
                                + "\"},\"logprobs\":null,\"finish_reason\":null}],\"usage\":null}");
            case ANTHROPIC_MESSAGES ->
                sse(
                        "content_block_delta",
                        "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\""
                                + TEXT + "\"}}");
            case GEMINI_GENERATE_CONTENT ->
                sse(
                        "",
                        "{\"candidates\": [{\"content\": {\"parts\": [{\"text\": \"" + TEXT
                                + "\"}],\"role\": \"model\"},\"index\": 0}],"
                                + "\"usageMetadata\": {\"promptTokenCount\": 9,\"totalTokenCount\": 9},\"modelVersion\": \"gemini-2.5-flash\",\"responseId\": \"r1\"}");
            case BEDROCK_CONVERSE ->
                frame(
                        "contentBlockDelta",
                        "{\"contentBlockIndex\":0,\"delta\":{\"text\":\"" + TEXT + "\"},\"p\":\"abcdefghijkl\"}");
            case OLLAMA_CHAT ->
                ("{\"model\":\"qwen3:8b\",\"created_at\":\"2026-08-07T06:08:11.017589Z\",\"message\":{\"role\":\"assistant\",\"content\":\""
                                + TEXT + "\"},\"done\":false}\n")
                        .getBytes(StandardCharsets.UTF_8);
            case COHERE_CHAT ->
                sse(
                        "content-delta",
                        "{\"type\":\"content-delta\",\"index\":0,\"delta\":{\"message\":{\"content\":{\"text\":\""
                                + TEXT + "\"}}}}");
            default -> throw new IllegalArgumentException(provider.toString());
        };
    }

    private static byte[] sse(String type, String data) {
        String head = type.isEmpty() ? "" : "event: " + type + "\n";
        return (head + "data: " + data + "\n\n").getBytes(StandardCharsets.UTF_8);
    }

    /** A frame of an AWS event stream: lengths, checksum, three headers, payload, checksum. */
    private static byte[] frame(String type, String json) {
        byte[] payload = json.getBytes(StandardCharsets.UTF_8);
        ByteBuffer headers = ByteBuffer.allocate(256);
        header(headers, ":event-type", type);
        header(headers, ":content-type", "application/json");
        header(headers, ":message-type", "event");
        headers.flip();
        int total = 16 + headers.remaining() + payload.length;
        ByteBuffer out = ByteBuffer.allocate(total).putInt(total).putInt(headers.remaining());
        out.putInt(checksum(out, 8)).put(headers).put(payload);
        out.putInt(checksum(out, total - 4));
        return out.array();
    }

    private static void header(ByteBuffer to, String name, String value) {
        to.put((byte) name.length())
                .put(name.getBytes(StandardCharsets.US_ASCII))
                .put((byte) 7);
        to.putShort((short) value.length()).put(value.getBytes(StandardCharsets.US_ASCII));
    }

    private static int checksum(ByteBuffer bytes, int length) {
        CRC32 crc = new CRC32();
        crc.update(bytes.array(), 0, length);
        return (int) crc.getValue();
    }
}
