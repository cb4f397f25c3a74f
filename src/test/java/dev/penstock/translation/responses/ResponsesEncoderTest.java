// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.responses;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.conversation.AnswerSink;
import dev.penstock.conversation.Conversation;
import dev.penstock.conversation.Finish;
import dev.penstock.conversation.Tokens;
import dev.penstock.exchange.GatewayError;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

final class ResponsesEncoderTest {

    private static final Finish STOP = new Finish(Finish.Reason.STOP, "end_turn", null);

    @Test
    void saysTextInOpenAisExactEvents() {
        String stream = Said.stream(ResponsesEncoderTest::hello);

        String object =
                "{\"id\":\"resp_x1\",\"object\":\"response\",\"created_at\":1700000000,\"status\":\"%s\",\"background\":false,"
                        + "\"error\":null,\"incomplete_details\":null,\"instructions\":null,\"max_output_tokens\":null,\"max_tool_calls\":null,"
                        + "\"model\":\"fast\",\"output\":[%s],\"parallel_tool_calls\":true,\"previous_response_id\":null,"
                        + "\"prompt_cache_key\":null,\"reasoning\":{\"effort\":null,\"summary\":null},\"safety_identifier\":null,"
                        + "\"service_tier\":null,\"store\":false,\"temperature\":null,\"text\":{\"format\":{\"type\":\"text\"},"
                        + "\"verbosity\":null},\"tool_choice\":\"auto\",\"tools\":[],\"top_logprobs\":0,\"top_p\":null,"
                        + "\"truncation\":\"disabled\",\"usage\":%s,\"user\":null,\"metadata\":{}}";
        String item =
                "{\"id\":\"msg_x1_0\",\"type\":\"message\",\"status\":\"completed\",\"content\":[{\"type\":\"output_text\","
                        + "\"annotations\":[],\"logprobs\":[],\"text\":\"Hello\"}],\"role\":\"assistant\"}";
        String usage = "{\"input_tokens\":7,\"input_tokens_details\":{\"cached_tokens\":0},\"output_tokens\":2,"
                + "\"output_tokens_details\":{\"reasoning_tokens\":0},\"total_tokens\":9}";
        assertThat(stream).isEqualTo("""
                event: response.created
                data: {"type":"response.created","sequence_number":0,"response":CREATED}

                event: response.in_progress
                data: {"type":"response.in_progress","sequence_number":1,"response":CREATED}

                event: response.output_item.added
                data: {"type":"response.output_item.added","sequence_number":2,"output_index":0,"item":{"id":"msg_x1_0","type":"message","status":"in_progress","content":[],"role":"assistant"}}

                event: response.content_part.added
                data: {"type":"response.content_part.added","sequence_number":3,"item_id":"msg_x1_0","output_index":0,"content_index":0,"part":{"type":"output_text","annotations":[],"logprobs":[],"text":""}}

                event: response.output_text.delta
                data: {"type":"response.output_text.delta","sequence_number":4,"item_id":"msg_x1_0","output_index":0,"content_index":0,"delta":"Hel","logprobs":[]}

                event: response.output_text.delta
                data: {"type":"response.output_text.delta","sequence_number":5,"item_id":"msg_x1_0","output_index":0,"content_index":0,"delta":"lo","logprobs":[]}

                event: response.output_text.done
                data: {"type":"response.output_text.done","sequence_number":6,"item_id":"msg_x1_0","output_index":0,"content_index":0,"text":"Hello","logprobs":[]}

                event: response.content_part.done
                data: {"type":"response.content_part.done","sequence_number":7,"item_id":"msg_x1_0","output_index":0,"content_index":0,"part":{"type":"output_text","annotations":[],"logprobs":[],"text":"Hello"}}

                event: response.output_item.done
                data: {"type":"response.output_item.done","sequence_number":8,"output_index":0,"item":ITEM}

                event: response.completed
                data: {"type":"response.completed","sequence_number":9,"response":COMPLETED}

                """.replace("CREATED", object.formatted("in_progress", "", "null"))
                .replace("COMPLETED", object.formatted("completed", item, usage))
                .replace("ITEM", item));
    }

    @Test
    void closesEverythingThatItOpensAndNumbersEveryEvent() {
        List<JsonNode> events = Said.events(Said.stream(Said::everything));

        Map<Integer, String> openItems = new HashMap<>();
        Set<String> openParts = new HashSet<>();
        for (int i = 0; i < events.size(); i++) {
            JsonNode event = events.get(i);
            assertThat(event.path("sequence_number").asInt(-1)).isEqualTo(i);
            int place = event.path("output_index").asInt(-1);
            String type = event.path("type").asText();
            String part = place + "/" + event.path("content_index").asText() + "/"
                    + event.path("summary_index").asText();
            switch (type) {
                case "response.output_item.added" ->
                    assertThat(openItems.put(place, event.at("/item/id").asText()))
                            .isNull();
                case "response.output_item.done" -> {
                    assertThat(openItems.remove(place))
                            .isEqualTo(event.at("/item/id").asText());
                    assertThat(openParts).noneMatch(open -> open.startsWith(place + "/"));
                }
                case "response.content_part.added", "response.reasoning_summary_part.added" -> {
                    assertThat(openItems).containsKey(place);
                    assertThat(openParts.add(part)).isTrue();
                }
                case "response.content_part.done", "response.reasoning_summary_part.done" ->
                    assertThat(openParts.remove(part)).isTrue();
                default -> {
                    if (event.has("item_id")) {
                        assertThat(openItems)
                                .containsEntry(place, event.path("item_id").asText());
                        assertThat(type.contains("arguments") || openParts.contains(part))
                                .isTrue();
                    }
                }
            }
        }
        assertThat(openItems).isEmpty();
        assertThat(openParts).isEmpty();
        assertThat(events.get(events.size() - 1).path("type").asText()).isEqualTo("response.completed");
    }

    @Test
    void saysTheSameInAStreamsLastEventAndInAWholeAnswer() {
        for (Consumer<AnswerSink> answer : List.<Consumer<AnswerSink>>of(
                Said::everything, ResponsesEncoderTest::hello, ResponsesEncoderTest::cut)) {
            List<JsonNode> events = Said.events(Said.stream(answer));

            assertThat(Said.whole(Said.info(), answer))
                    .isEqualTo(events.get(events.size() - 1).path("response"));
        }
    }

    @Test
    void repeatsTheRequest() {
        Conversation request = new ResponsesConversationReader().read(Said.bytes("""
                {"model":"alias","input":"x","instructions":"Be brief.","max_output_tokens":9,"temperature":0.5,"top_p":0.9,
                 "tools":[{"type":"web_search"},{"type":"function","name":"f","parameters":{"type":"object"},"strict":true}],
                 "tool_choice":{"type":"function","name":"f"},"parallel_tool_calls":false,"store":true,"truncation":"auto",
                 "text":{"format":{"type":"json_schema","name":"n","schema":{"type":"object"},"strict":true},"verbosity":"low"},
                 "reasoning":{"effort":"low","summary":"auto"},"user":"u","metadata":{"k":"v"}}"""));

        JsonNode object = Said.whole(Said.info(request), ResponsesEncoderTest::hello);

        assertThat(object.path("instructions").asText()).isEqualTo("Be brief.");
        assertThat(object.path("max_output_tokens").asInt()).isEqualTo(9);
        assertThat(object.path("temperature").asDouble()).isEqualTo(0.5);
        assertThat(object.path("top_p").asDouble()).isEqualTo(0.9);
        assertThat(object.path("tools")).hasToString("""
                [{"type":"web_search"},{"type":"function","name":"f","description":null,"parameters":{"type":"object"},"strict":true}]""");
        assertThat(object.path("tool_choice")).hasToString("{\"type\":\"function\",\"name\":\"f\"}");
        assertThat(object.path("parallel_tool_calls").asBoolean(true)).isFalse();
        assertThat(object.path("store").asBoolean(true)).isFalse();
        assertThat(object.path("truncation").asText()).isEqualTo("auto");
        assertThat(object.path("text")).hasToString("""
                {"format":{"type":"json_schema","name":"n","description":null,"schema":{"type":"object"},"strict":true},"verbosity":"low"}""");
        assertThat(object.path("reasoning")).hasToString("{\"effort\":\"low\",\"summary\":\"auto\"}");
        assertThat(object.path("user").asText()).isEqualTo("u");
        assertThat(object.path("metadata")).hasToString("{\"k\":\"v\"}");
    }

    @Test
    void endsAnAnswerThatWasCutAsIncomplete() {
        JsonNode last = last(Said.stream(ResponsesEncoderTest::cut));

        assertThat(last.path("type").asText()).isEqualTo("response.incomplete");
        assertThat(last.at("/response/status").asText()).isEqualTo("incomplete");
        assertThat(last.at("/response/incomplete_details/reason").asText()).isEqualTo("max_output_tokens");
        assertThat(last.at("/response/output/0/status").asText()).isEqualTo("incomplete");
        assertThat(last.at("/response/usage").isNull()).isTrue();
    }

    @Test
    void namesTheFilterThatStoppedAnAnswer() {
        JsonNode last = last(Said.stream(sink -> {
            sink.start("", "");
            sink.refusal("I can't ");
            sink.refusal("say.");
            sink.finish(new Finish(Finish.Reason.CONTENT_FILTER, "refusal", null));
            sink.end();
        }));

        assertThat(last.at("/response/incomplete_details/reason").asText()).isEqualTo("content_filter");
        assertThat(last.at("/response/output/0/content/0"))
                .hasToString("{\"type\":\"refusal\",\"refusal\":\"I can't say.\"}");
    }

    @Test
    void putsRefusalAndTextAsPartsIntoOneMessage() {
        JsonNode object = Said.whole(Said.info(), sink -> {
            sink.start("", "");
            sink.text("a");
            sink.refusal("b");
            sink.finish(STOP);
            sink.end();
        });

        assertThat(object.path("output")).hasSize(1);
        assertThat(object.at("/output/0/content")).hasSize(2);
    }

    @Test
    void keepsAnOwnCarrierUnchangedUnderItsOwnId() {
        JsonNode object = Said.whole(Said.info(), sink -> {
            sink.start("", "");
            sink.thought("hm");
            sink.thoughtCarrier(Said.OWN);
            sink.finish(STOP);
            sink.end();
        });

        assertThat(object.path("output")).hasToString("""
                [{"id":"rs_x1_0","type":"reasoning","summary":[{"type":"summary_text","text":"hm"}]},\
                {"id":"rs_own","type":"reasoning","summary":[],"encrypted_content":"gAAAAAB="}]""");
    }

    @Test
    void putsTheCarrierOfACallBeforeTheCallOrBehindItWhenItComesLate() {
        JsonNode early = Said.whole(Said.info(), sink -> call(sink, false));
        JsonNode late = Said.whole(Said.info(), sink -> call(sink, true));

        assertThat(early.at("/output/0/type").asText()).isEqualTo("reasoning");
        assertThat(early.at("/output/1/type").asText()).isEqualTo("function_call");
        assertThat(early.at("/output/0/encrypted_content").asText())
                .isEqualTo("penstock1.gemini_generate_content.thought_signature.Q2lRQg.cGFydC0z.Y2FsbF9h");
        assertThat(late.at("/output/0/type").asText()).isEqualTo("function_call");
        assertThat(late.at("/output/1/encrypted_content")).isEqualTo(early.at("/output/0/encrypted_content"));
    }

    @Test
    void givesACallWithoutArgumentsAnEmptyObject() {
        String stream = Said.stream(sink -> {
            sink.start("", "");
            sink.toolStart(0, "call_a", "f");
            sink.toolEnd(0);
            sink.finish(new Finish(Finish.Reason.TOOL_CALLS, "tool_use", null));
            sink.end();
        });

        assertThat(Said.types(stream))
                .containsSubsequence(
                        "response.output_item.added",
                        "response.function_call_arguments.delta",
                        "response.function_call_arguments.done",
                        "response.output_item.done");
        assertThat(last(stream).at("/response/output/0"))
                .hasToString(
                        "{\"id\":\"fc_x1_0\",\"type\":\"function_call\",\"status\":\"completed\",\"arguments\":\"{}\","
                                + "\"call_id\":\"call_a\",\"name\":\"f\"}");
    }

    @Test
    void escapesWhatCouldForgeAnEventAndHalfASign() {
        String stream = Said.stream(sink -> {
            sink.start("", "");
            sink.text("a\n\ndata: x\r\u0001\ud83d");
            sink.text("\ude00");
            sink.finish(STOP);
            sink.end();
        });

        assertThat(stream).contains("\"delta\":\"a\\n\\ndata: x\\r\\u0001\\ud83d\"", "\"delta\":\"\\ude00\"");
        assertThat(last(stream).at("/response/output/0/content/0/text").asText())
                .isEqualTo("a\n\ndata: x\r\u0001\ud83d\ude00");
    }

    @Test
    void endsAFailedStreamWithAnErrorAndTheFailedAnswer() {
        ResponsesStreamEncoder encoder = new ResponsesStreamEncoder(Said.info());
        encoder.start("", "");
        encoder.text("Hel");
        int before = Said.events(Said.text(encoder.take())).size();
        GatewayError gone = GatewayError.of(GatewayError.Kind.TRUNCATED, "The \"provider\" left.");

        List<JsonNode> events = Said.events(Said.text(encoder.error(gone, "req-1")));

        assertThat(events).hasSize(2);
        assertThat(events.get(0))
                .hasToString(
                        "{\"type\":\"error\",\"code\":\"truncated\",\"message\":\"The \\\"provider\\\" left.\",\"param\":null,"
                                + "\"sequence_number\":" + before + ",\"request_id\":\"req-1\"}");
        assertThat(events.get(1).path("type").asText()).isEqualTo("response.failed");
        assertThat(events.get(1).path("sequence_number").asInt()).isEqualTo(before + 1);
        assertThat(events.get(1).at("/response/status").asText()).isEqualTo("failed");
        assertThat(events.get(1).at("/response/error"))
                .hasToString("{\"code\":\"truncated\",\"message\":\"The \\\"provider\\\" left.\"}");
    }

    @Test
    void givesEventsAwayOnce() {
        ResponsesStreamEncoder encoder = new ResponsesStreamEncoder(Said.info());
        encoder.start("", "");

        assertThat(encoder.take()).isNotEmpty();
        assertThat(encoder.take()).isEmpty();
    }

    private static void hello(AnswerSink sink) {
        sink.start("p", "m");
        sink.text("Hel");
        sink.text("lo");
        sink.finish(STOP);
        sink.usage(new Tokens(7, -1, -1, -1, 2, -1));
        sink.end();
    }

    private static void cut(AnswerSink sink) {
        sink.start("p", "m");
        sink.text("Hel");
        sink.finish(new Finish(Finish.Reason.LENGTH, "max_tokens", null));
        sink.end();
    }

    private static void call(AnswerSink sink, boolean late) {
        sink.start("", "");
        sink.toolStart(0, "call_a", "f");
        if (!late) {
            sink.toolCarrier(0, Said.OF_CALL);
        }
        sink.toolArguments(0, "{}");
        if (late) {
            sink.toolCarrier(0, Said.OF_CALL);
        }
        sink.toolEnd(0);
        sink.finish(new Finish(Finish.Reason.TOOL_CALLS, "tool_use", null));
        sink.end();
    }

    private static JsonNode last(String stream) {
        List<JsonNode> events = Said.events(stream);
        return events.get(events.size() - 1);
    }
}
