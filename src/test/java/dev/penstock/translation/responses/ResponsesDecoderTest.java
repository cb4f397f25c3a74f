// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.responses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.penstock.conversation.Carrier;
import dev.penstock.conversation.Citation;
import dev.penstock.conversation.Finish;
import dev.penstock.conversation.Tokens;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import dev.penstock.kit.CollectedAnswer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ResponsesDecoderTest {

    private static final String CREATED =
            "data: {\"type\":\"response.created\",\"response\":{\"id\":\"resp_1\",\"model\":\"gpt\",\"output\":[]}}\n\n";
    private static final String COMPLETED =
            "data: {\"type\":\"response.completed\",\"response\":{\"id\":\"resp_1\",\"output\":[],"
                    + "\"usage\":{\"input_tokens\":9,\"input_tokens_details\":{\"cached_tokens\":4},\"output_tokens\":3,"
                    + "\"output_tokens_details\":{\"reasoning_tokens\":2}}}}\n\n";

    @Test
    void tellsTextWithItsSourcesAndItsUsage() {
        CollectedAnswer answer = Said.decoded(CREATED
                + event("output_text.delta", "\"output_index\":0,\"content_index\":0,\"delta\":\"Hi \\ud83d\\ude00\"")
                + event(
                        "output_text.annotation.added",
                        "\"output_index\":0,\"content_index\":0,\"annotation\":{\"type\":\"url_citation\",\"url\":\"https://a\","
                                + "\"title\":\"A\",\"start_index\":0,\"end_index\":2}")
                + event("output_text.done", "\"output_index\":0,\"content_index\":0,\"text\":\"Hi \\ud83d\\ude00\"")
                + COMPLETED);

        assertThat(answer.id).isEqualTo("resp_1");
        assertThat(answer.model).isEqualTo("gpt");
        assertThat(answer.text).hasToString("Hi \ud83d\ude00");
        assertThat(answer.citations).containsExactly(new Citation("https://a", "A", null, 0, 2));
        assertThat(answer.finish).isEqualTo(new Finish(Finish.Reason.STOP, "completed", null));
        assertThat(answer.tokens).isEqualTo(new Tokens(9, 4, -1, -1, 3, 2));
        assertThat(answer.ended).isTrue();
    }

    @Test
    void tellsSummariesAndRawReasoningWithABreakBetweenParts() {
        CollectedAnswer answer = Said.decoded(CREATED
                + event("reasoning_summary_text.delta", "\"output_index\":0,\"summary_index\":0,\"delta\":\"one\"")
                + event("reasoning_summary_text.delta", "\"output_index\":0,\"summary_index\":1,\"delta\":\"two\"")
                + event("reasoning_text.delta", "\"output_index\":0,\"content_index\":0,\"delta\":\"raw\"")
                + event(
                        "output_item.done",
                        "\"output_index\":0,\"item\":{\"type\":\"reasoning\",\"id\":\"rs_1\",\"summary\":[{\"type\":\"summary_text\","
                                + "\"text\":\"one\"}],\"encrypted_content\":\"gAAA\"}")
                + COMPLETED);

        assertThat(answer.thought).hasToString("one\n\ntwo\n\nraw");
        assertThat(answer.carriers)
                .containsExactly(new Carrier(ApiSchema.OPENAI_RESPONSES, "encrypted_content", "gAAA", "rs_1"));
    }

    @Test
    void tellsCallsByTheirPlaceHoweverTheirPiecesInterleave() {
        CollectedAnswer answer = Said.decoded(CREATED
                + added(
                        0,
                        "\"type\":\"function_call\",\"id\":\"fc_1\",\"call_id\":\"c1\",\"name\":\"f\",\"arguments\":\"\"")
                + added(
                        1,
                        "\"type\":\"function_call\",\"id\":\"fc_2\",\"call_id\":\"c2\",\"name\":\"g\",\"arguments\":\"\"")
                + event("function_call_arguments.delta", "\"output_index\":1,\"delta\":\"{\\\"b\\\"\"")
                + event("function_call_arguments.delta", "\"output_index\":0,\"delta\":\"{}\"")
                + event("function_call_arguments.delta", "\"output_index\":1,\"delta\":\":1}\"")
                + COMPLETED);

        assertThat(answer.calls.get(0).id).isEqualTo("c1");
        assertThat(answer.calls.get(0).json()).isEqualTo("{}");
        assertThat(answer.calls.get(1).name).isEqualTo("g");
        assertThat(answer.calls.get(1).json()).isEqualTo("{\"b\":1}");
        assertThat(answer.calls.get(1).ended).isTrue();
        assertThat(answer.finish.reason()).isEqualTo(Finish.Reason.TOOL_CALLS);
    }

    @Test
    void tellsOnceWhatAServerSaysOnlyAtTheEndOfAnItem() {
        CollectedAnswer answer = Said.decoded(CREATED
                + added(0, "\"type\":\"function_call\",\"call_id\":\"c1\",\"name\":\"f\"")
                + event("function_call_arguments.done", "\"output_index\":0,\"arguments\":\"{\\\"a\\\":1}\"")
                + done(
                        0,
                        "\"type\":\"function_call\",\"call_id\":\"c1\",\"name\":\"f\",\"arguments\":\"{\\\"a\\\":1}\"")
                + done(
                        1,
                        "\"type\":\"message\",\"content\":[{\"type\":\"output_text\",\"text\":\"x\"},{\"type\":\"refusal\","
                                + "\"refusal\":\"y\"}]")
                + COMPLETED);

        assertThat(answer.calls.get(0).json()).isEqualTo("{\"a\":1}");
        assertThat(answer.text).hasToString("x");
        assertThat(answer.refusal).hasToString("y");
    }

    @Test
    void doesNotTakeAnEmptyPieceForTheWholePart() {
        CollectedAnswer answer = Said.decoded(CREATED
                + event("output_text.delta", "\"output_index\":0,\"content_index\":0,\"delta\":\"\"")
                + event("output_text.done", "\"output_index\":0,\"content_index\":0,\"text\":\"late\"")
                + COMPLETED);

        assertThat(answer.text).hasToString("late");
    }

    @Test
    void wrapsTheWordsOfACustomToolAsAnObject() {
        CollectedAnswer answer = Said.decoded(CREATED
                + added(0, "\"type\":\"custom_tool_call\",\"call_id\":\"c1\",\"name\":\"sh\",\"input\":\"\"")
                + event("custom_tool_call_input.delta", "\"output_index\":0,\"delta\":\"say \\\"\"")
                + event("custom_tool_call_input.delta", "\"output_index\":0,\"delta\":\"x\\\"\"")
                + done(
                        0,
                        "\"type\":\"custom_tool_call\",\"call_id\":\"c1\",\"name\":\"sh\",\"input\":\"say \\\"x\\\"\"")
                + COMPLETED);

        assertThat(answer.calls.get(0).json()).isEqualTo("{\"input\":\"say \\\"x\\\"\"}");
    }

    @Test
    void skipsCommentsUnknownEventsAndDone() {
        CollectedAnswer answer = Said.decoded(": hello\n\n\n" + CREATED
                + event("apply_patch_call_operation_diff.delta", "\"delta\":\"-\"")
                + done(0, "\"type\":\"web_search_call\",\"status\":\"completed\"")
                + "data:{\"type\":\"response.output_text.delta\",\r\ndata: \"delta\":\"a\"}\r\n\r\n"
                + COMPLETED
                + "data: [DONE]\n\n");

        assertThat(answer.text).hasToString("a");
        assertThat(answer.ended).isTrue();
    }

    @Test
    void readsTheOutputOfAServerThatSendsNothingButTheLastEvent() {
        CollectedAnswer answer =
                Said.decoded("data: {\"type\":\"response.completed\",\"response\":{\"id\":\"r\",\"output\":[{\"type\":"
                        + "\"message\",\"content\":[{\"type\":\"output_text\",\"text\":\"all\"}]}]}}\n\n");

        assertThat(answer.text).hasToString("all");
        assertThat(answer.tokens).isEqualTo(Tokens.UNKNOWN);
    }

    @Test
    void tellsWhyAnAnswerIsIncomplete() {
        assertThat(incomplete("max_output_tokens").finish)
                .isEqualTo(new Finish(Finish.Reason.LENGTH, "max_output_tokens", null));
        assertThat(incomplete("content_filter").finish.reason()).isEqualTo(Finish.Reason.CONTENT_FILTER);
    }

    private static CollectedAnswer incomplete(String reason) {
        return Said.decoded(CREATED
                + "data: {\"type\":\"response.incomplete\",\"response\":{\"status\":\"incomplete\",\"incomplete_details\":"
                + "{\"reason\":\"" + reason + "\"}}}\n\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"type\":\"error\",\"error\":{\"type\":\"tokens\",\"code\":\"rate_limit_exceeded\",\"message\":\"Slow down.\"}}",
                "{\"type\":\"error\",\"code\":\"rate_limit_exceeded\",\"message\":\"Slow down.\",\"param\":null}",
                "{\"error\":{\"code\":\"rate_limit_exceeded\",\"message\":\"Slow down.\"}}",
                "{\"type\":\"response.failed\",\"response\":{\"error\":{\"code\":\"rate_limit_exceeded\",\"message\":\"Slow down.\"}}}"
            })
    void tellsAnErrorInEveryForm(String payload) {
        CollectedAnswer answer = new CollectedAnswer();

        ResponsesStreamDecoder decoder =
                Said.decode(Said.bytes(CREATED + "data: " + payload + "\n\n" + COMPLETED), answer);

        assertThat(answer.error.code()).isEqualTo("rate_limit_exceeded");
        assertThat(answer.error.status()).isEqualTo(429);
        assertThat(answer.error.getMessage()).isEqualTo("Slow down.");
        assertThat(answer.ended).isFalse();
        assertThat(decoder.error()).isSameAs(answer.error);
    }

    @Test
    void isNotOverBeforeTheLastEvent() {
        ResponsesStreamDecoder decoder =
                Said.decode(Said.bytes(CREATED + event("output_text.delta", "\"delta\":\"a\"")), new CollectedAnswer());

        assertThat(decoder.terminal()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"data: <html>\n\n", "data: {\"type\":\n\n", "data: {} x\n\n"})
    void saysWhenAnEventIsNotInTheSchema(String event) {
        byte[] bytes = Said.bytes(event);

        assertThat(new ResponsesStreamDecoder().event(bytes, 0, bytes.length, new CollectedAnswer()))
                .isFalse();
    }

    @Test
    void readsAWholeAnswer() {
        CollectedAnswer answer = whole("""

                { "id":"resp_1", "model":"gpt", "status":"completed", "error":null, "incomplete_details":null,
                  "output":[
                    {"type":"reasoning","id":"rs_1","summary":[],"content":[{"type":"reasoning_text","text":"hm"}]},
                    {"type":"web_search_call","status":"completed"},
                    {"type":"message","content":[{"type":"output_text","text":"a","annotations":[
                       {"type":"file_citation","filename":"f.pdf","index":1}]}]},
                    {"type":"function_call","call_id":"c","name":"f","arguments":""}],
                  "usage":{"input_tokens":1,"output_tokens":2} }
                """);

        assertThat(answer.thought).hasToString("hm");
        assertThat(answer.text).hasToString("a");
        assertThat(answer.citations).containsExactly(new Citation(null, "f.pdf", null, 1, -1));
        assertThat(answer.calls.get(0).json()).isEqualTo("{}");
        assertThat(answer.tokens).isEqualTo(new Tokens(1, -1, -1, -1, 2, -1));
        assertThat(answer.ended).isTrue();
    }

    @Test
    void tellsAnErrorThatCameAsAnAnswer() {
        assertThat(whole(
                                "{\"status\":\"failed\",\"error\":{\"code\":\"server_error\",\"message\":\"Oh.\"},\"output\":[]}")
                        .error
                        .code())
                .isEqualTo("server_error");
        assertThat(whole("{\"status\":\"failed\",\"output\":[]}").error).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "<html>", "[]", "{\"id\":\"r\"}", "{\"status\":\"queued\",\"output\":[]}", "{\"output\":["})
    void refusesWhatIsNoAnswer(String body) {
        GatewayError error = catchThrowableOfType(GatewayError.class, () -> whole(body));

        assertThat(error.kind()).isEqualTo(GatewayError.Kind.INVALID_UPSTREAM);
    }

    /** Whatever passes through keeps its numbers, and an error of the gateway's own is the next event. */
    @Test
    void knowsTheNumberOfTheEventThatWouldComeNext() {
        assertThat(next("")).isZero();
        assertThat(next(numbered(0))).isEqualTo(1);
        assertThat(next(numbered(0) + ": ping\n\n" + numbered(7))).isEqualTo(8);
        assertThat(next(CREATED + CREATED))
                .as("of a server that does not number")
                .isEqualTo(2);
        assertThat(
                        next(
                                numbered(0)
                                        + "data: {\"type\":\"error\",\"sequence_number\":1,\"code\":\"server_error\",\"message\":\"x\"}\n\n"))
                .as("in the place of the provider's own error")
                .isEqualTo(1);
    }

    private static int next(String stream) {
        return Said.decode(Said.bytes(stream), new CollectedAnswer()).nextNumber();
    }

    private static String numbered(int number) {
        return "data: {\"sequence_number\":" + number + ",\"type\":\"response.output_text.delta\",\"delta\":\"x\"}\n\n";
    }

    private static CollectedAnswer whole(String body) {
        CollectedAnswer answer = new CollectedAnswer();
        new ResponsesAnswerDecoder().decode(Said.bytes(body), answer);
        return answer;
    }

    private static String event(String type, String members) {
        return "event: response." + type + "\ndata: {" + members + ",\"type\":\"response." + type + "\"}\n\n";
    }

    private static String added(int place, String item) {
        return event("output_item.added", "\"output_index\":" + place + ",\"item\":{" + item + "}");
    }

    private static String done(int place, String item) {
        return event("output_item.done", "\"item\":{" + item + "},\"output_index\":" + place);
    }
}
