// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.responses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.conversation.Conversation;
import dev.penstock.conversation.Losses;
import dev.penstock.conversation.Message;
import dev.penstock.conversation.Part;
import dev.penstock.conversation.Reasoning;
import dev.penstock.conversation.Sampling;
import dev.penstock.conversation.ToolChoice;
import dev.penstock.exchange.GatewayError;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ResponsesRequestWriterTest {

    private final Losses losses = new Losses();

    @Test
    void writesWhatAClientAskedForAsAStatelessRequest() {
        String written = write(read("""
                {"model":"alias","stream":true,"instructions":"Be brief.","input":[
                   {"role":"user","content":[{"type":"input_text","text":"a"},
                     {"type":"input_image","image_url":"data:image/png;base64,AAA=","detail":"low"}]},
                   {"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"hm"}],"encrypted_content":"gAAA"},
                   {"type":"function_call","call_id":"c1","name":"f","arguments":"{}"},
                   {"type":"function_call_output","call_id":"c1","output":"done"}],
                 "max_output_tokens":9,"temperature":0.5,
                 "tools":[{"type":"function","name":"f","parameters":{"type":"object"},"strict":true},{"type":"web_search"}],
                 "tool_choice":"required","parallel_tool_calls":false,
                 "text":{"format":{"type":"json_object"},"verbosity":"low"},
                 "reasoning":{"effort":"low","summary":"auto"},"user":"u","metadata":{"k":"v"}}"""));

        assertThat(written).isEqualTo("""
                {"model":"gpt-5","stream":true,"instructions":"Be brief.","input":[\
                {"type":"message","role":"user","content":[{"type":"input_text","text":"a"},\
                {"type":"input_image","image_url":"data:image/png;base64,AAA=","detail":"low"}]},\
                {"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"hm"}],"encrypted_content":"gAAA"},\
                {"type":"function_call","call_id":"c1","name":"f","arguments":"{}"},\
                {"type":"function_call_output","call_id":"c1","output":"done"}],\
                "max_output_tokens":9,"temperature":0.5,\
                "tools":[{"type":"function","name":"f","parameters":{"type":"object"},"strict":true},{"type":"web_search"}],\
                "tool_choice":"required","parallel_tool_calls":false,\
                "text":{"format":{"type":"json_object"},"verbosity":"low"},\
                "reasoning":{"effort":"low","summary":"auto"},"safety_identifier":"u","metadata":{"k":"v"},\
                "store":false,"include":["reasoning.encrypted_content"]}""");
        assertThat(losses.isEmpty()).isTrue();
    }

    @Test
    void leavesOutThoughtsThatOpenAiDidNotIssue() {
        JsonNode input = json(conversation(
                        List.of(new Message(
                                Message.Role.ASSISTANT,
                                List.of(
                                        new Part.Thought("a", Said.SIGNATURE),
                                        new Part.Thought("b", null),
                                        new Part.Text("c"),
                                        new Part.ToolCall("t", "f", "{}", Said.OF_CALL, null)))),
                        Sampling.UNSAID,
                        null))
                .path("input");

        assertThat(input).hasToString("""
                [{"type":"message","role":"assistant","content":[{"type":"output_text","text":"c"}]},\
                {"type":"function_call","call_id":"t","name":"f","arguments":"{}"}]""");
    }

    @Test
    void leavesOutAThoughtOfWhichNothingCame() {
        JsonNode input = json(conversation(
                        List.of(
                                new Message(Message.Role.ASSISTANT, List.of(new Part.Thought("a", Said.OWN))),
                                new Message(Message.Role.USER, List.of(new Part.Text("go on"))),
                                new Message(
                                        Message.Role.ASSISTANT,
                                        List.of(new Part.Thought("b", Said.OWN), new Part.Text("c")))),
                        Sampling.UNSAID,
                        null))
                .path("input");

        assertThat(input).hasSize(3);
        assertThat(input.at("/0/role").asText()).isEqualTo("user");
        assertThat(input.at("/1/summary/0/text").asText()).isEqualTo("b");
        assertThat(input.at("/2/content/0/text").asText()).isEqualTo("c");
    }

    @Test
    void writesAResultOfSeveralPartsAsAList() {
        JsonNode input = json(conversation(
                        List.of(new Message(
                                Message.Role.USER,
                                List.of(new Part.ToolResult(
                                        "t",
                                        "f",
                                        List.of(
                                                new Part.Text("see"),
                                                new Part.Image(null, null, "https://e.example/p", null, null),
                                                new Part.Document("n.txt", null, null, null, "words", null)),
                                        true,
                                        null)))),
                        Sampling.UNSAID,
                        null))
                .path("input");

        assertThat(input).hasToString("""
                [{"type":"function_call_output","call_id":"t","output":[{"type":"input_text","text":"see"},\
                {"type":"input_image","image_url":"https://e.example/p"},\
                {"type":"input_file","filename":"n.txt","file_data":"data:text/plain;base64,d29yZHM="}]}]""");
        assertThat(losses.fields()).containsExactly("is_error");
    }

    @Test
    void namesWhatHasNoCounterpart() {
        Sampling sampling = new Sampling(
                null, null, null, 5L, List.of("END"), 1, 7L, 0.1, 0.2, true, 3, Said.JSON.createObjectNode());

        byte[] unused = new ResponsesRequestWriter()
                .write(
                        new Conversation(
                                "m",
                                false,
                                List.of(),
                                List.of(),
                                ToolChoice.UNSAID,
                                null,
                                sampling,
                                null,
                                null,
                                null,
                                Map.of("prediction", Said.JSON.createObjectNode())),
                        "gpt-5",
                        losses);

        assertThat(losses.fields())
                .containsExactlyInAnyOrder(
                        "top_k", "stop", "seed", "presence_penalty", "frequency_penalty", "logit_bias", "prediction");
    }

    @Test
    void refusesToGiveOneAnswerWhereSeveralWereAskedFor() {
        Sampling several = new Sampling(null, null, null, null, List.of(), 2, null, null, null, null, null, null);

        GatewayError error =
                catchThrowableOfType(GatewayError.class, () -> json(conversation(List.of(), several, null)));

        assertThat(error.param()).isEqualTo("n");
    }

    @Test
    void turnsABudgetIntoAnEffortAndAsksNoModelForReasoningThatHasNone() {
        Conversation budget = conversation(List.of(), Sampling.UNSAID, new Reasoning(null, 4_000L, false, "omitted"));

        assertThat(json(budget).path("reasoning")).hasToString("{\"effort\":\"medium\"}");
        assertThat(Said.json(new ResponsesRequestWriter().write(budget, "gpt-4o", losses))
                        .has("include"))
                .isFalse();
    }

    private JsonNode json(Conversation conversation) {
        return Said.json(Said.bytes(write(conversation)));
    }

    private String write(Conversation conversation) {
        return Said.text(new ResponsesRequestWriter().write(conversation, "gpt-5", losses));
    }

    private static Conversation read(String body) {
        return new ResponsesConversationReader().read(Said.bytes(body));
    }

    private static Conversation conversation(List<Message> messages, Sampling sampling, Reasoning reasoning) {
        return new Conversation(
                "m", false, messages, List.of(), ToolChoice.UNSAID, null, sampling, null, reasoning, null, Map.of());
    }
}
