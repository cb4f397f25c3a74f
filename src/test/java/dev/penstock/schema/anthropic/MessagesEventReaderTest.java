// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema.anthropic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Usage;
import dev.penstock.sse.EventReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MessagesEventReaderTest {

    private final MessagesEventReader reader = new MessagesEventReader();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '$',
            value = {
                "{\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"usage\":{\"input_tokens\":1}}} | 4",
                "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}} | 0",
                "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"citations\":[],\"type\":\"text\",\"text\":\"a\"}} | 1",
                "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"n\",\"input\":{}}} | 257",
                "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}} | 0",
                "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"redacted_thinking\",\"data\":\"x\"}} | 1",
                "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"a\"}} | 1",
                "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"a\"}} | 1",
                "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"\"}} | 0",
                "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{\"}} | 257",
                "{\"index\":0,\"delta\":{\"text\":\"a\",\"type\":\"text_delta\"},\"type\":\"content_block_delta\"} | 1",
                "{\"type\":\"content_block_stop\",\"index\":0 } | 0",
                "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":3}} | 6",
                "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":null}} | 0",
                "{\"type\":\"message_stop\"    } | 16",
                "{\"type\": \"ping\"} | 64",
                "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}} | 32",
                "{\"type\":\"something_new\",\"delta\":{\"text\":\"a\"}} | 0",
                "{\"type\":\"ping\" | 128",
                "<html> | 128"
            })
    void saysWhatAnEventBrings(String data, int flags) {
        assertThat(read("data: " + data + "\n\n")).isEqualTo(flags);
    }

    @Test
    void takesTheNameOfTheEventWhenTheDataHasNoType() {
        assertThat(read("event: message_stop\ndata: {}\n\n")).isEqualTo(EventReader.DONE);
        assertThat(reader.complete()).isTrue();
    }

    @Test
    void readsLinesThatEndInCrLfAndDataInSeveralLines() {
        assertThat(read("event: content_block_delta\r\ndata: {\"type\":\"content_block_delta\",\r\ndata:\"index\":0,"
                        + "\"delta\":{\"type\":\"text_delta\",\"text\":\"a\"}}\r\n\r\n"))
                .isEqualTo(EventReader.CONTENT);
    }

    @Test
    void takesACommentForASignOfLife() {
        assertThat(read(": keep-alive\n\n")).isEqualTo(EventReader.COMMENT);
    }

    @Test
    void addsTheCacheToTheInputAndTakesTheLastOutput() {
        read("""
                data: {"type":"message_start","message":{"usage":{"input_tokens":50,"output_tokens":1,\
                "cache_creation_input_tokens":100,"cache_read_input_tokens":200,"cache_creation":{"ephemeral_5m_input_tokens":100}}}}

                """);
        read(delta("abcdefgh"));
        Usage early = reader.usage();
        read("""
                data: {"type":"message_delta","delta":{"stop_reason":"tool_use"},\
                "usage":{"output_tokens":30,"output_tokens_details":{"thinking_tokens":7},"iterations":[{"input_tokens":9}]}}

                """);

        assertThat(early).isEqualTo(new Usage(350, 200, 2, 0, true, 100));
        assertThat(reader.usage()).isEqualTo(Usage.reported(350, 200, 30, 7).withCacheWrite(100));
        assertThat(reader.finishReason()).isEqualTo("tool_use");
        assertThat(reader.contentBytes()).isEqualTo(8);
        assertThat(reader.complete()).isFalse();
    }

    @Test
    void isCompleteOnlyAfterMessageStop() {
        read(delta("a"));
        read(
                "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":1}}\n\n");
        boolean afterDelta = reader.complete();
        read("data: {\"type\":\"message_stop\"}\n\n");

        assertThat(afterDelta).isFalse();
        assertThat(reader.complete()).isTrue();
    }

    @Test
    void countsNothingOfAnEventThatIsCutOff() {
        int flags = read(
                "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"abc\"}\n\n");

        assertThat(flags).isEqualTo(EventReader.MALFORMED);
        assertThat(reader.contentBytes()).isZero();
    }

    @Test
    void readsTheErrorOfAStream() {
        read(
                "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n");

        GatewayError error = reader.error();
        assertThat(error.status()).isEqualTo(503);
        assertThat(error.code()).isEqualTo("overloaded_error");
        assertThat(error.getMessage()).isEqualTo("Overloaded");
        assertThat(error.retry()).isEqualTo(GatewayError.Retry.OTHER_TARGET);
    }

    @Test
    void readsAnErrorThatLeftTheFormat() {
        assertThat(read("{\"error\":{\"message\":\"boom\"}}\n\n")).isEqualTo(EventReader.ERROR);
        assertThat(reader.error().getMessage()).isEqualTo("boom");
    }

    @Test
    void allocatesNothingForAnEventOfContent() {
        byte[] event = delta(" world, how").getBytes(StandardCharsets.UTF_8);
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (int i = 0; i < 2_000; i++) {
            reader.read(event, 0, event.length);
        }

        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 50_000; i++) {
            reader.read(event, 0, event.length);
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;

        assertThat(allocated).isLessThan(50_000);
    }

    private static String delta(String text) {
        return "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\""
                + text + "\"}}\n\n";
    }

    private int read(String event) {
        byte[] bytes = event.getBytes(StandardCharsets.UTF_8);
        return reader.read(bytes, 0, bytes.length);
    }
}
