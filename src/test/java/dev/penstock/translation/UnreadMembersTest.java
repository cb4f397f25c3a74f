// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation;

import static dev.penstock.exchange.ApiSchema.ANTHROPIC_MESSAGES;
import static dev.penstock.exchange.ApiSchema.GEMINI_GENERATE_CONTENT;
import static dev.penstock.exchange.ApiSchema.OPENAI_CHAT;
import static dev.penstock.exchange.ApiSchema.OPENAI_RESPONSES;
import static org.assertj.core.api.Assertions.assertThat;

import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionToolMessageParam;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseInputItem;
import com.openai.models.responses.ResponseOutputItem;
import dev.penstock.conversation.Losses;
import dev.penstock.exchange.ApiSchema;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a client says inside its messages is carried or named; what it only puts back from an earlier answer is neither. */
final class UnreadMembersTest {

    // ------------------------------------------------------------------ named

    @Test
    void namesWhatIsLostOfChatMessages() {
        assertThat(unread(OPENAI_CHAT, """
                {"model":"m","messages":[
                  {"role":"system","content":"s","name":"boss","weight":0},
                  {"role":"user","content":[
                    {"type":"text","text":"t","prompt_cache_breakpoint":{"mode":"explicit"}},
                    {"type":"image_url","image_url":{"url":"https://a.example/x.png","detail":"auto","format":"webp"},"crop":true},
                    {"type":"input_audio","input_audio":{"format":"wav","data":"AA==","language":"de"}},
                    {"type":"file","file":{"filename":"a.pdf","file_data":"JVBER","pages":"1-3"}}]},
                  {"role":"assistant","content":"a","audio":{"id":"audio_1"},"prefix":true,"tool_calls":[
                    {"id":"c","type":"function","function":{"name":"f","arguments":"{}","cached":1},"timeout":9}]},
                  {"role":"tool","tool_call_id":"c","content":[{"type":"text","text":"x","lang":"de"}],"is_error":true}]}"""))
                .containsExactlyInAnyOrder(
                        "messages[0].name",
                        "messages[0].weight",
                        "messages[1].content[0].prompt_cache_breakpoint",
                        "messages[1].content[1].crop",
                        "messages[1].content[1].image_url.format",
                        "messages[1].content[2].input_audio.language",
                        "messages[1].content[3].file.pages",
                        "messages[2].audio",
                        "messages[2].prefix",
                        "messages[2].tool_calls[0].timeout",
                        "messages[2].tool_calls[0].function.cached",
                        "messages[3].is_error",
                        "messages[3].content[0].lang");
    }

    @Test
    void namesWhatIsLostOfAnthropicsMessages() {
        assertThat(unread(ANTHROPIC_MESSAGES, """
                {"model":"m","max_tokens":9,"system":[{"type":"text","text":"s","tone":"dry"}],"messages":[
                  {"role":"user","priority":1,"content":[
                    {"type":"image","source":{"type":"url","url":"https://a.example/x.png","crop":true},"detail":"high"},
                    {"type":"document","citations":{"enabled":true},"context":"c","source":{"type":"content","content":[
                      {"type":"text","text":"x"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AA=="}}]}},
                    {"type":"search_result","title":"t","source":"https://a.example","citations":{"enabled":true},
                      "content":[{"type":"text","text":"x"}]}]},
                  {"role":"assistant","content":[{"type":"tool_use","id":"toolu_1","name":"f","input":{},"strict":true}]},
                  {"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":"x","exit":1}]}]}"""))
                .containsExactlyInAnyOrder(
                        "system[0].tone",
                        "messages[0].priority",
                        "messages[0].content[0].detail",
                        "messages[0].content[0].source.crop",
                        "messages[0].content[1].citations",
                        "messages[0].content[1].context",
                        "messages[0].content[1].source.content[1]",
                        "messages[0].content[2].citations",
                        "messages[1].content[0].strict",
                        "messages[2].content[0].exit");
    }

    @Test
    void namesWhatIsLostOfResponsesItems() {
        assertThat(unread(OPENAI_RESPONSES, """
                {"model":"m","input":[
                  {"role":"user","name":"kim","content":[
                    {"type":"input_text","text":"t","prompt_cache_breakpoint":{"mode":"explicit"}},
                    {"type":"input_image","image_url":"https://a.example/x.png","detail":"auto","crop":true},
                    {"type":"input_file","filename":"a.pdf","file_data":"data:application/pdf;base64,JVBER","detail":"high"}]},
                  {"type":"function_call","call_id":"c","name":"f","arguments":"{}","timeout":9},
                  {"type":"function_call_output","call_id":"c","output":"x","is_error":true}]}"""))
                .containsExactlyInAnyOrder(
                        "input[0].name",
                        "input[0].content[0].prompt_cache_breakpoint",
                        "input[0].content[1].crop",
                        "input[0].content[2].detail",
                        "input[1].timeout",
                        "input[2].is_error");
    }

    @Test
    void namesThemToTheProvider() {
        Losses losses = new Losses();

        byte[] sent = Capabilities.translate(OPENAI_CHAT, GEMINI_GENERATE_CONTENT, bytes("""
                {"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"t","lang":"de"}],"name":"kim"}]}"""), losses);

        assertThat(new String(sent, StandardCharsets.UTF_8)).doesNotContain("kim", "lang");
        assertThat(losses.fields()).containsExactlyInAnyOrder("messages[0].name", "messages[0].content[0].lang");
    }

    // ------------------------------------------------------------------ put back

    @Test
    void citationsThatAreSwitchedOffAskForNothing() {
        assertThat(unread(ANTHROPIC_MESSAGES, """
                {"model":"m","max_tokens":9,"messages":[{"role":"user","content":[{"type":"document","context":null,
                  "citations":{"enabled":false},"source":{"type":"text","media_type":"text/plain","data":"x"}}]}]}""")).isEmpty();
    }

    /** As the Python libraries do it: the whole object that came, with its nulls and empty lists. */
    @Test
    void namesNothingOfAnswersThatArePutBackWhole() {
        assertThat(unread(OPENAI_CHAT, """
                {"model":"m","messages":[{"role":"user","content":"q"},
                  {"role":"assistant","content":"a","refusal":null,"audio":null,"function_call":null,"tool_calls":[],
                   "annotations":[{"type":"url_citation","url_citation":{"url":"u","title":"t","start_index":0,"end_index":1}}],
                   "reasoning_content":"Hm.","name":null,"images":[],"parsed":{"x":1},"provider_specific_fields":{"a":1}},
                  {"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"c","type":"function",
                   "function":{"name":"f","arguments":"{}","parsed_arguments":{}}}]},
                  {"role":"tool","tool_call_id":"c","name":"f","content":"x"}]}""")).isEmpty();
        assertThat(unread(ANTHROPIC_MESSAGES, """
                {"model":"m","max_tokens":9,"messages":[{"role":"user","content":"q"},
                  {"id":"msg_1","type":"message","role":"assistant","model":"m","stop_reason":"tool_use","stop_sequence":null,
                   "usage":{"input_tokens":1},"container":null,"content":[
                     {"type":"thinking","thinking":"Hm.","signature":"c2ln"},
                     {"type":"text","text":"a","citations":[{"type":"char_location","cited_text":"x"}]},
                     {"type":"tool_use","id":"toolu_1","name":"f","input":{},"caller":{"type":"direct"}}]},
                  {"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":"x","is_error":false}]}]}""")).isEmpty();
        assertThat(unread(OPENAI_RESPONSES, """
                {"model":"m","input":[{"role":"user","content":"q"},
                  {"id":"rs_1","type":"reasoning","summary":[],"content":null,"encrypted_content":"gAAAA","status":null},
                  {"id":"msg_1","type":"message","status":"completed","role":"assistant","phase":"commentary","content":[
                    {"type":"output_text","text":"a","annotations":[{"type":"file_citation","file_id":"f"}],"logprobs":[],"parsed":{}}]},
                  {"id":"fc_1","type":"function_call","status":"completed","call_id":"c","name":"f","arguments":"{}",
                   "parsed_arguments":{}},
                  {"id":"fco_1","type":"function_call_output","status":"completed","call_id":"c","output":"x"}]}""")).isEmpty();
    }

    @Test
    void namesNothingOfAHistoryByTheLibraryOfOpenAi() throws IOException {
        var json = com.openai.core.ObjectMappers.jsonMapper();
        ChatCompletion answer = json.readValue("""
                {"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"finish_reason":"tool_calls",
                  "logprobs":null,"message":{"role":"assistant","content":"a","refusal":null,"annotations":[],
                  "reasoning_content":"Hm.","tool_calls":[{"index":0,"id":"c","type":"function",
                  "function":{"name":"f","arguments":"{}"}}]}}]}""", ChatCompletion.class);
        ChatCompletionCreateParams params = ChatCompletionCreateParams.builder()
                .model("m")
                .addSystemMessage("s")
                .addUserMessage("q")
                .addMessage(answer.choices().get(0).message())
                .addMessage(ChatCompletionToolMessageParam.builder()
                        .toolCallId("c")
                        .content("x")
                        .build())
                .build();

        assertThat(unread(OPENAI_CHAT, json.writeValueAsString(params._body()))).isEmpty();
    }

    @Test
    void namesNothingOfAHistoryOfItemsByTheLibraryOfOpenAi() throws IOException {
        var json = com.openai.core.ObjectMappers.jsonMapper();
        Response answer = json.readValue("""
                {"id":"resp_1","object":"response","status":"completed","output":[
                  {"id":"rs_1","type":"reasoning","summary":[],"encrypted_content":"gAAAA"},
                  {"id":"msg_1","type":"message","status":"completed","role":"assistant","content":[
                    {"type":"output_text","text":"a","annotations":[],"logprobs":[]}]},
                  {"id":"fc_1","type":"function_call","status":"completed","call_id":"c","name":"f","arguments":"{}"}]}""", Response.class);
        List<ResponseInputItem> items = new ArrayList<>();
        for (ResponseOutputItem item : answer.output()) {
            item.reasoning().map(ResponseInputItem::ofReasoning).ifPresent(items::add);
            item.message().map(ResponseInputItem::ofResponseOutputMessage).ifPresent(items::add);
            item.functionCall().map(ResponseInputItem::ofFunctionCall).ifPresent(items::add);
        }
        items.add(ResponseInputItem.ofFunctionCallOutput(ResponseInputItem.FunctionCallOutput.builder()
                .callId("c")
                .output("x")
                .build()));
        ResponseCreateParams params =
                ResponseCreateParams.builder().model("m").inputOfResponse(items).build();

        assertThat(items).hasSize(4);
        assertThat(unread(OPENAI_RESPONSES, json.writeValueAsString(params._body())))
                .isEmpty();
    }

    @Test
    void namesNothingOfAHistoryByTheLibraryOfAnthropic() throws IOException {
        var json = com.anthropic.core.ObjectMappers.jsonMapper();
        var answer = json.readValue("""
                {"id":"msg_1","type":"message","role":"assistant","model":"m","stop_reason":"tool_use","stop_sequence":null,
                 "usage":{"input_tokens":1,"output_tokens":1},"content":[
                   {"type":"thinking","thinking":"Hm.","signature":"c2ln"},
                   {"type":"text","text":"a","citations":null},
                   {"type":"tool_use","id":"toolu_1","name":"f","input":{}}]}""", com.anthropic.models.messages.Message.class);
        var params = com.anthropic.models.messages.MessageCreateParams.builder()
                .model("m")
                .maxTokens(9)
                .addUserMessage("q")
                .addMessage(answer)
                .addUserMessage("and?")
                .build();

        assertThat(unread(ANTHROPIC_MESSAGES, json.writeValueAsString(params._body())))
                .isEmpty();
    }

    private static Set<String> unread(ApiSchema client, String request) {
        return TranslationTable.reader(client).read(bytes(request)).extras().keySet();
    }

    private static byte[] bytes(String request) {
        return request.getBytes(StandardCharsets.UTF_8);
    }
}
