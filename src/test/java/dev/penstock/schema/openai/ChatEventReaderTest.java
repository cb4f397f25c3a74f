// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Usage;
import dev.penstock.sse.Chunks;
import java.io.IOException;
import java.io.Reader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

final class ChatEventReaderTest {

    private static final Path GOLDEN =
            Path.of(System.getProperty("penstock.basedir", "."), "src/test/resources/schema/openai/stream");

    private static final Map<String, Integer> FLAGS = new TreeMap<>(Map.of(
            "CONTENT", ChatEventReader.CONTENT,
            "FINISH", ChatEventReader.FINISH,
            "USAGE", ChatEventReader.USAGE,
            "USAGE_ONLY", ChatEventReader.USAGE_ONLY,
            "DONE", ChatEventReader.DONE,
            "ERROR", ChatEventReader.ERROR,
            "COMMENT", ChatEventReader.COMMENT,
            "MALFORMED", ChatEventReader.MALFORMED,
            "TOOL", ChatEventReader.TOOL));

    @TestFactory
    Stream<DynamicTest> readsEveryGoldenStreamAsExpectedHoweverItIsCut() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        try (Stream<Path> files = Files.list(GOLDEN)) {
            for (Path file :
                    files.filter(f -> f.toString().endsWith(".sse")).sorted().toList()) {
                String name = file.getFileName().toString().replace(".sse", "");
                tests.add(DynamicTest.dynamicTest(name, () -> checkGolden(file, name)));
            }
        }
        assertThat(tests).hasSizeGreaterThan(30);
        return tests.stream();
    }

    private static void checkGolden(Path file, String name) throws IOException {
        byte[] stream = Files.readAllBytes(file);
        Properties expected = new Properties();
        try (Reader reader = Files.newBufferedReader(file.resolveSibling(name + ".expected"))) {
            expected.load(reader);
        }
        checkEvents(Chunks.frame(stream), expected);
        checkEvents(Chunks.byteByByte(stream), expected);
        for (int cut = 1; cut < stream.length; cut++) {
            checkEvents(Chunks.frame(stream, cut), expected);
        }
    }

    private static void checkEvents(Chunks.Framed framed, Properties expected) {
        ChatEventReader reader = new ChatEventReader();
        List<String> flags = new ArrayList<>();
        for (byte[] event : framed.events()) {
            flags.add(names(reader.read(event, 0, event.length)));
        }
        List<String> expectedFlags = Stream.of(expected.getProperty("events").split(" "))
                .map(word -> names(flagsOf(word)))
                .toList();
        assertThat(flags).isEqualTo(expectedFlags);
        assertThat(String.valueOf(reader.finishReason()).replace("null", "none"))
                .isEqualTo(expected.getProperty("finish"));
        assertThat(usage(reader.usage())).isEqualTo(expected.getProperty("usage"));
        assertThat(String.valueOf(reader.contentBytes())).isEqualTo(expected.getProperty("contentBytes"));
        assertThat(String.valueOf(reader.complete())).isEqualTo(expected.getProperty("allFinished"));
    }

    private static String usage(Usage usage) {
        return usage == null
                ? "none"
                : String.format(
                        Locale.ROOT,
                        "%d/%d/%d/%d",
                        usage.inputTokens(),
                        usage.cachedInputTokens(),
                        usage.outputTokens(),
                        usage.reasoningTokens());
    }

    private static int flagsOf(String word) {
        int flags = 0;
        for (String flag : word.equals("-") ? new String[0] : word.split("\\|")) {
            flags |= FLAGS.get(flag);
        }
        return flags;
    }

    static String names(int flags) {
        List<String> names = new ArrayList<>();
        FLAGS.forEach((name, bit) -> {
            if ((flags & bit) != 0) {
                names.add(name);
            }
        });
        return names.isEmpty() ? "-" : String.join("|", names);
    }

    @Test
    void everyProperPrefixOfAChunkIsMalformed() {
        String json =
                "{\"id\":\"c\",\"n\":[1,{\"a\":null}],\"choices\":[{\"index\":0,\"delta\":{\"content\":\"H\\\"i\","
                        + "\"tool_calls\":[]},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":1},\"z\":\"\\u0041\"}";
        ChatEventReader whole = new ChatEventReader();

        assertThat(read(whole, "data: " + json + "\n\n"))
                .isEqualTo(ChatEventReader.CONTENT | ChatEventReader.FINISH | ChatEventReader.USAGE);
        for (int length = 1; length < json.length(); length++) {
            ChatEventReader reader = new ChatEventReader();
            assertThat(read(reader, "data: " + json.substring(0, length) + "\n\n"))
                    .as(json.substring(0, length))
                    .isEqualTo(ChatEventReader.MALFORMED);
            assertThat(reader.complete()).isFalse();
            assertThat(reader.contentBytes()).isZero();
        }
    }

    @Test
    void whatAMalformedEventSaidDoesNotCount() {
        ChatEventReader reader = new ChatEventReader();

        read(
                reader,
                "data: {\"choices\":[{\"delta\":{\"content\":\"abc\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":3}\n\n");

        assertThat(reader.finishReason()).isNull();
        assertThat(reader.usage()).isNull();
        assertThat(reader.contentBytes()).isZero();
    }

    @Test
    void turnsAnErrorEventIntoASafeError() {
        ChatEventReader reader = new ChatEventReader();

        read(
                reader,
                "data: {\"error\":{\"message\":\"Quota of org-Abc123Def456 at https://api.host.internal/x is gone\","
                        + "\"code\":\"insufficient_quota\"}}\n\n");

        GatewayError error = reader.error();
        assertThat(error).isNotNull();
        assertThat(error.kind()).isEqualTo(GatewayError.Kind.PROVIDER_ERROR);
        assertThat(error.status()).isEqualTo(429);
        assertThat(error.code()).isEqualTo("insufficient_quota");
        assertThat(error.getMessage()).isEqualTo("Quota of [redacted] at [address] is gone");
    }

    @Test
    void readsTheErrorOfTheErrorField() {
        ChatEventReader reader = new ChatEventReader();

        read(reader, "error: {\"code\":500,\"message\":\"llama-box crashed\",\"type\":\"server_error\"}\n\n");

        assertThat(reader.error().getMessage()).isEqualTo("llama-box crashed");
        assertThat(reader.error().status()).isEqualTo(500);
    }

    @Test
    void hasNoErrorWithoutAnErrorEvent() {
        ChatEventReader reader = new ChatEventReader();

        read(reader, "data: {\"choices\":[]}\n\n");

        assertThat(reader.error()).isNull();
    }

    @Test
    void aSilentUsageObjectDoesNotReplaceACount() {
        ChatEventReader reader = new ChatEventReader();

        read(reader, "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":4,\"completion_tokens\":2}}\n\n");
        read(reader, "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":0,\"completion_tokens\":0}}\n\n");

        assertThat(reader.usage()).isEqualTo(Usage.reported(4, 0, 2, 0));
    }

    @Test
    void keepsTrackOfManyChoicesAndOfAbsurdIndexes() {
        ChatEventReader reader = new ChatEventReader();
        for (String index : List.of("0", "63", "64", "127", "999999999999")) {
            read(reader, "data: {\"choices\":[{\"index\":" + index + ",\"delta\":{\"content\":\"a\"}}]}\n\n");
        }
        for (String index : List.of("0", "63", "64", "127")) {
            read(reader, "data: {\"choices\":[{\"index\":" + index + ",\"finish_reason\":\"stop\"}]}\n\n");
        }
        boolean before = reader.complete();

        read(reader, "data: {\"choices\":[{\"index\":999999999999,\"finish_reason\":\"stop\"}]}\n\n");

        assertThat(before).isFalse();
        assertThat(reader.complete()).isTrue();
    }

    @Test
    void readsOnlyItsSliceOfALargerChunk() {
        byte[] bytes = "xxdata: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n\"}}]}"
                .getBytes(StandardCharsets.UTF_8);
        int end = new String(bytes, StandardCharsets.UTF_8).indexOf("\n\n") + 2;

        assertThat(new ChatEventReader().read(bytes, 2, end)).isEqualTo(ChatEventReader.CONTENT);
        assertThat(new ChatEventReader().read(bytes, 2, end - 4)).isEqualTo(ChatEventReader.MALFORMED);
    }

    @Test
    void readsTheRestOfAStreamThatEndsWithoutALineEnd() {
        ChatEventReader reader = new ChatEventReader();

        assertThat(read(reader, "data: [DONE]")).isEqualTo(ChatEventReader.DONE);
        assertThat(read(reader, "data: {\"choices\":[{\"finish_reason\":\"stop\"}]}"))
                .isEqualTo(ChatEventReader.FINISH);
        assertThat(read(reader, "data: {\"choices\":[{\"fin")).isEqualTo(ChatEventReader.MALFORMED);
        assertThat(read(reader, "")).isEqualTo(ChatEventReader.COMMENT);
    }

    @Test
    void aReaderThatKnowsTheHeadReadsEveryEventLikeANewOne() {
        Random random = new Random(20261121);
        String[] heads = {
            "data: {\"id\":\"a\",\"choices\":[{\"index\":0,\"delta\":{\"content\":",
            "data: {\"id\":\"a\",\"choices\":[{\"index\":1,\"delta\":{\"content\":",
            "data: {\"id\":\"a\",\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":",
            "data: {\"usage\":{\"prompt_tokens\":3},\"choices\":[{\"delta\":{\"content\":",
            "data: {\"error\":\"x\",\"choices\":[{\"delta\":{\"content\":",
            "data: {\"choices\":[{\"finish_reason\":\"length\",\"delta\":{\"content\":",
            "data: {\"choices\":[{\"index\":2,\"delta\":{\"reasoning\":\"r\",\"content\":",
            "data: {\"choices\":[{\"index\":3,\"delta\":{\"content\":\"q\"}},{\"delta\":{\"content\":",
            "data: {\"choices\":[{\"message\":{\"content\":",
            "data:{\"choices\":[{\"delta\":{\"refusal\":"
        };
        String[] texts = {
            "\"a\"",
            "\"\"",
            "\"bc\\\"d\"",
            "null",
            "[{\"type\":\"text\",\"text\":\"e\"}]",
            "\"open",
            "\"x\",\"content\":\"y\""
        };
        String[] tails = {
            "}}]}",
            "},\"finish_reason\":null}],\"usage\":null}",
            "},\"finish_reason\":\"stop\"}]}",
            ",\"tool_calls\":[{}]},\"index\":5}]}",
            "}},{\"index\":1,\"delta\":{\"content\":\"z\"}}],\"usage\":{\"prompt_tokens\":9}}",
            "}}],\"error\":{\"message\":\"m\"}}",
            "}}]",
            "}}]}}",
            "},\"delta\":{\"content\":\"w\"}}]}"
        };
        ChatEventReader old = new ChatEventReader();
        long bytes = 0;
        for (int i = 0; i < 20_000; i++) {
            String event = heads[skewed(random, heads.length)] + texts[skewed(random, texts.length)]
                    + tails[skewed(random, tails.length)] + "\n\n";
            ChatEventReader fresh = new ChatEventReader();

            int flags = read(fresh, event);

            assertThat(names(read(old, event))).as(event).isEqualTo(names(flags));
            bytes += fresh.contentBytes();
            assertThat(old.contentBytes()).as(event).isEqualTo(bytes);
        }
    }

    /** Small numbers more often, so that the same head comes several times in a row. */
    private static int skewed(Random random, int bound) {
        return random.nextBoolean() ? 0 : random.nextInt(bound);
    }

    @Test
    void aKnownHeadKeepsTheIndexOfItsChoice() {
        ChatEventReader reader = new ChatEventReader();
        String head = "data: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"";
        read(reader, "data: {\"choices\":[{\"index\":0,\"finish_reason\":\"stop\"}]}\n\n");
        read(reader, head + "a\"}}]}\n\n");
        boolean before = reader.complete();

        read(reader, head + "b\"},\"finish_reason\":\"length\"}]}\n\n");

        assertThat(before).isFalse();
        assertThat(reader.complete()).isTrue();
        assertThat(reader.finishReason()).isEqualTo("stop");
    }

    @Test
    void resetForgetsTheStream() {
        ChatEventReader reader = new ChatEventReader();
        read(
                reader,
                "data: {\"error\":{\"message\":\"x\"},\"choices\":[{\"index\":70,\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":4}}\n\n");

        reader.reset();

        assertThat(reader.error()).isNull();
        assertThat(reader.usage()).isNull();
        assertThat(reader.contentBytes()).isZero();
        assertThat(reader.complete()).isFalse();
    }

    @Test
    void survivesNestingOfAnyDepth() {
        String deep = "[".repeat(200_000) + "]".repeat(200_000);

        assertThat(read(
                        new ChatEventReader(),
                        "data: {\"x\":" + deep + ",\"choices\":[{\"index\":0,\"delta\":{\"content\":" + deep
                                + "}}]}\n\n"))
                .isZero();
    }

    @Test
    void aPlainContentEventAllocatesNothing() {
        ChatEventReader reader = new ChatEventReader();
        byte[] event = ("data: {\"id\":\"chatcmpl-C4Hq5a6K3RaPMymUv70btQNYv6SvY\",\"object\":\"chat.completion.chunk\","
                        + "\"created\":1755137921,\"model\":\"gpt-5-nano-2025-08-07\",\"service_tier\":\"default\","
                        + "\"system_fingerprint\":null,\"choices\":[{\"index\":0,\"delta\":{\"content\":\" the\"},"
                        + "\"logprobs\":null,\"finish_reason\":null}],\"usage\":null,\"obfuscation\":\"WuQNX\"}\n\n")
                .getBytes(StandardCharsets.UTF_8);
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (int i = 0; i < 2_000; i++) {
            reader.read(event, 0, event.length);
        }

        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 100_000; i++) {
            reader.read(event, 0, event.length);
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;

        assertThat(allocated).isLessThan(100_000);
    }

    private static int read(ChatEventReader reader, String event) {
        byte[] bytes = event.getBytes(StandardCharsets.UTF_8);
        return reader.read(bytes, 0, bytes.length);
    }
}
