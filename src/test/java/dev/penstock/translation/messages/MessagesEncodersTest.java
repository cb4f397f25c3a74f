// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.messages;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.conversation.AnswerInfo;
import dev.penstock.conversation.AnswerSink;
import dev.penstock.conversation.Carrier;
import dev.penstock.conversation.Citation;
import dev.penstock.conversation.Finish;
import dev.penstock.conversation.Tokens;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

final class MessagesEncodersTest {

    private static final AnswerInfo INFO = new AnswerInfo("alias", "ex1", 0, true, null);

    @Test
    void writesAnthropicsSequence() {
        MessagesStreamEncoder encoder = new MessagesStreamEncoder(INFO);
        encoder.start("chatcmpl-1", "gpt");
        encoder.text("Hi \"\u00e9\"\n");
        encoder.usage(new Tokens(10, 4, 1, -1, 7, -1));
        encoder.finish(new Finish(Finish.Reason.STOP, "stop", null));
        encoder.end();

        assertThat(text(encoder.take())).isEqualTo("""
                        event: message_start
                        data: {"type":"message_start","message":{"id":"msg_ex1","type":"message","role":"assistant","model":"alias",\
                        "content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":0,\
                        "cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":0}}}

                        event: ping
                        data: {"type":"ping"}

                        event: content_block_start
                        data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

                        event: content_block_delta
                        data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi \\"\u00e9\\"\\n"}}

                        event: content_block_stop
                        data: {"type":"content_block_stop","index":0}

                        event: message_delta
                        data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},\
                        "usage":{"input_tokens":5,"cache_creation_input_tokens":1,"cache_read_input_tokens":4,"output_tokens":7}}

                        event: message_stop
                        data: {"type":"message_stop"}

                        """);
    }

    @Test
    void saysTheInputInTheFirstEventWhenTheProviderDid() {
        MessagesStreamEncoder encoder = new MessagesStreamEncoder(INFO);
        encoder.start("msg_own", "claude");
        encoder.usage(new Tokens(10, -1, -1, -1, -1, -1));

        assertThat(text(encoder.take())).contains("\"id\":\"msg_own\"", "\"usage\":{\"input_tokens\":10,");
    }

    @Test
    void opensOneBlockAtATimeHoweverCallsInterleave() {
        String stream = stream(sink -> {
            sink.text("look");
            sink.toolStart(0, "call_1", "a");
            sink.toolStart(1, "call 2", "b");
            sink.toolArguments(1, "{\"y\":");
            sink.toolArguments(0, "{\"x\":1");
            sink.toolArguments(1, "2}");
            sink.text("meanwhile");
            sink.toolArguments(0, "}");
            sink.toolEnd(1);
            sink.toolEnd(0);
            sink.toolStart(2, "", "c");
            sink.toolEnd(2);
            sink.finish(new Finish(Finish.Reason.TOOL_CALLS, "tool_calls", null));
        });

        assertThat(shape(stream)).isEqualTo("""
                        start 0 text
                        delta 0 "text":"look"
                        stop 0
                        start 1 tool_use call_1
                        delta 1 "partial_json":"{\\"x\\":1"
                        delta 1 "partial_json":"}"
                        stop 1
                        start 2 tool_use toolu_b64_Y2FsbCAy
                        delta 2 "partial_json":"{\\"y\\":2}"
                        stop 2
                        start 3 text
                        delta 3 "text":"meanwhile"
                        stop 3
                        start 4 tool_use toolu_ex1_2
                        delta 4 "partial_json":"{}"
                        stop 4
                        """);
    }

    @Test
    void endsCallsThatNobodyEnded() {
        String stream = stream(sink -> {
            sink.toolStart(0, "a", "a");
            sink.toolStart(1, "b", "b");
            sink.toolArguments(1, "{}");
            sink.finish(new Finish(Finish.Reason.LENGTH, "length", null));
        });

        assertThat(shape(stream)).endsWith("stop 0\nstart 1 tool_use b\ndelta 1 \"partial_json\":\"{}\"\nstop 1\n");
        assertThat(stream).contains("\"stop_reason\":\"max_tokens\"");
    }

    @Test
    void signsThoughtsAndGivesRedactedOnesABlock() {
        String stream = stream(sink -> {
            sink.thought("hm");
            sink.thoughtCarrier(new Carrier(ApiSchema.ANTHROPIC_MESSAGES, "signature", "EpAD", null));
            sink.thoughtCarrier(new Carrier(ApiSchema.ANTHROPIC_MESSAGES, "redacted", "xx", null));
            sink.thoughtCarrier(new Carrier(ApiSchema.OPENAI_RESPONSES, "encrypted_content", "abc", "rs_1"));
            sink.text("so");
            sink.finish(new Finish(Finish.Reason.STOP, "stop", null));
        });

        assertThat(shape(stream)).isEqualTo("""
                        start 0 thinking
                        delta 0 "thinking":"hm"
                        delta 0 "signature":"EpAD"
                        stop 0
                        start 1 redacted_thinking
                        stop 1
                        start 2 thinking
                        delta 2 "signature":"penstock:OPENAI_RESPONSES:encrypted_content:cnNfMQ:YWJj:~"
                        stop 2
                        start 3 text
                        delta 3 "text":"so"
                        stop 3
                        """);
    }

    @Test
    void keepsACitationForTheTextThatFollows() {
        String stream = stream(sink -> {
            sink.citation(new Citation("https://a.example", "A", null, -1, -1));
            sink.text("so");
            sink.citation(new Citation(null, "doc", "quote", -1, -1));
            sink.finish(new Finish(Finish.Reason.STOP, "stop", null));
        });

        assertThat(stream)
                .containsSubsequence(
                        "\"citation\":{\"type\":\"web_search_result_location\",\"url\":\"https://a.example\",\"title\":\"A\",\"encrypted_index\":\"\",\"cited_text\":\"\"}}",
                        "\"text\":\"so\"",
                        "\"citation\":{\"type\":\"char_location\",\"document_index\":0,\"start_char_index\":0,\"end_char_index\":5,\"document_title\":\"doc\",\"cited_text\":\"quote\"}}");
    }

    @Test
    void passesHalvesOfASurrogatePairOnAsTheyCame() {
        String stream = stream(sink -> {
            sink.text("a\ud83d");
            sink.text("\ude00 \ud83d\ude00");
            sink.finish(new Finish(Finish.Reason.STOP, "stop", null));
        });

        assertThat(stream).contains("\"text\":\"a\\ud83d\"", "\"text\":\"\\ude00 \ud83d\ude00\"");
    }

    @Test
    void knowsTheWordsForEveryEnd() {
        assertThat(word(new Finish(Finish.Reason.STOP, "stop", null))).isEqualTo("end_turn");
        assertThat(word(new Finish(Finish.Reason.STOP_SEQUENCE, "stop_sequence", "E")))
                .isEqualTo("stop_sequence");
        assertThat(word(new Finish(Finish.Reason.LENGTH, "length", null))).isEqualTo("max_tokens");
        assertThat(word(new Finish(Finish.Reason.LENGTH, "model_context_window_exceeded", null)))
                .isEqualTo("model_context_window_exceeded");
        assertThat(word(new Finish(Finish.Reason.TOOL_CALLS, "tool_calls", null)))
                .isEqualTo("tool_use");
        assertThat(word(new Finish(Finish.Reason.CONTENT_FILTER, "SAFETY", null)))
                .isEqualTo("refusal");
        assertThat(word(new Finish(Finish.Reason.PAUSE, "pause_turn", null))).isEqualTo("pause_turn");
    }

    @Test
    void callsARefusalARefusal() {
        String stream = stream(sink -> {
            sink.refusal("no");
            sink.finish(new Finish(Finish.Reason.STOP, "stop", null));
        });

        assertThat(stream).contains("\"text\":\"no\"", "\"stop_reason\":\"refusal\"");
    }

    @Test
    void endsAStreamWithAnErrorEvent() {
        MessagesStreamEncoder encoder = new MessagesStreamEncoder(INFO);
        GatewayError error = GatewayError.of(GatewayError.Kind.IDLE_TIMEOUT, "slow");
        encoder.failed(error);

        assertThat(text(encoder.error(error, "r")))
                .isEqualTo(
                        "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"timeout_error\",\"message\":\"slow\"},\"request_id\":\"r\"}\n\n");
        assertThat(encoder.take()).isEmpty();
    }

    @Test
    void writesAWholeMessage() throws Exception {
        MessagesAnswerEncoder encoder = new MessagesAnswerEncoder(INFO);
        encoder.start("gen-1", "m");
        encoder.thought("h");
        encoder.thought("m");
        encoder.thoughtCarrier(new Carrier(ApiSchema.ANTHROPIC_MESSAGES, "signature", "EpAD", null));
        encoder.text("a");
        encoder.text("b");
        encoder.citation(new Citation("https://a.example", null, "q", 0, 2));
        encoder.toolStart(0, "toolu_1", "f");
        encoder.toolStart(1, "toolu_2", "g");
        encoder.toolArguments(0, "{\"x\":1.50}");
        encoder.toolArguments(1, "{\"cut");
        encoder.toolEnd(0);
        encoder.toolEnd(1);
        encoder.finish(new Finish(Finish.Reason.STOP_SEQUENCE, "stop_sequence", "END"));
        encoder.usage(new Tokens(12, 2, 3, 1, 9, 4));
        encoder.end();

        String body = text(encoder.body());
        assertThat(body).isEqualTo("""
                        {"id":"msg_ex1","type":"message","role":"assistant","model":"alias","content":[\
                        {"type":"thinking","thinking":"hm","signature":"EpAD"},\
                        {"type":"text","text":"ab","citations":[{"type":"web_search_result_location","url":"https://a.example",\
                        "title":null,"encrypted_index":"","cited_text":"q"}]},\
                        {"type":"tool_use","id":"toolu_1","name":"f","input":{"x":1.50}},\
                        {"type":"tool_use","id":"toolu_2","name":"g","input":{"invalid_json":"{\\"cut"}}],\
                        "stop_reason":"stop_sequence","stop_sequence":"END","usage":{"input_tokens":7,\
                        "cache_creation_input_tokens":3,"cache_read_input_tokens":2,\
                        "cache_creation":{"ephemeral_5m_input_tokens":2,"ephemeral_1h_input_tokens":1},\
                        "output_tokens":9,"output_tokens_details":{"thinking_tokens":4}}}""");
        assertThat(new ObjectMapper().readTree(body).isObject()).isTrue();
    }

    private static String word(Finish finish) {
        String stream = stream(sink -> sink.finish(finish));
        String after = stream.substring(stream.lastIndexOf("\"stop_reason\":\"") + 15);
        return after.substring(0, after.indexOf('"'));
    }

    private static String stream(Consumer<AnswerSink> answer) {
        MessagesStreamEncoder encoder = new MessagesStreamEncoder(INFO);
        encoder.start("", "");
        answer.accept(encoder);
        encoder.end();
        return text(encoder.take());
    }

    /** The blocks, one line for each event. */
    private static String shape(String stream) {
        StringBuilder shape = new StringBuilder();
        for (String event : stream.split("\n\n")) {
            String data = event.substring(event.indexOf("data: ") + 6);
            if (event.startsWith("event: content_block_")) {
                String index = data.replaceFirst(".*\"index\":(\\d+).*", "$1");
                shape.append(
                        switch (event.substring(21, 24)) {
                            case "sta" -> "start " + index + " " + kind(data);
                            case "del" ->
                                "delta " + index + " "
                                        + data.replaceFirst(".*_delta\",", "").replaceFirst("\\}\\}$", "");
                            default -> "stop " + index;
                        });
                shape.append('\n');
            }
        }
        return shape.toString();
    }

    private static String kind(String data) {
        String kind = data.replaceFirst(".*\"content_block\":\\{\"type\":\"([a-z_]+)\".*", "$1");
        return kind.equals("tool_use") ? kind + " " + data.replaceFirst(".*\"id\":\"([^\"]+)\".*", "$1") : kind;
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
