// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation;

import static dev.penstock.exchange.ApiSchema.ANTHROPIC_MESSAGES;
import static dev.penstock.exchange.ApiSchema.BEDROCK_CONVERSE;
import static dev.penstock.exchange.ApiSchema.COHERE_CHAT;
import static dev.penstock.exchange.ApiSchema.GEMINI_GENERATE_CONTENT;
import static dev.penstock.exchange.ApiSchema.OLLAMA_CHAT;
import static dev.penstock.exchange.ApiSchema.OPENAI_CHAT;
import static dev.penstock.exchange.ApiSchema.OPENAI_RESPONSES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.penstock.conversation.AddressedImages;
import dev.penstock.conversation.Conversation;
import dev.penstock.conversation.Losses;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Whatever becomes of a message on its way, errors and losses name the place where the client wrote it. */
final class ClientPathsTest {

    private static final String PLACE = "https://a.example/x.png";

    /** The results of two messages become one, so all indexes behind them move. */
    private static final String CHAT = """
            {"model":"m","messages":[
              {"role":"system","content":"s"},
              {"role":"user","content":"q"},
              {"role":"assistant","content":"","reasoning_content":"Hm.","tool_calls":[
                {"id":"a","type":"function","function":{"name":"f","arguments":"{}"}},
                {"id":"b","type":"function","function":{"name":"f","arguments":"%s"}}]},
              {"role":"tool","tool_call_id":"a","content":"sun"},
              {"role":"tool","tool_call_id":"b","content":[{"type":"text","text":"see"},%s]},
              {"role":"user","content":[{"type":"text","text":"and"},%s]}]}""";

    private static final String TEXT = "{\"type\":\"text\",\"text\":\"t\"}";
    private static final String CHAT_IMAGE =
            "{\"type\":\"image_url\",\"image_url\":{\"url\":\"" + PLACE + "\",\"detail\":\"high\"}}";
    private static final String CHAT_SOUND =
            "{\"type\":\"input_audio\",\"input_audio\":{\"format\":\"midi\",\"data\":\"AA==\"}}";

    /** The system is no message, blocks that only Anthropic knows are left out, and so is a whole message of them. */
    private static final String MESSAGES = """
            {"model":"m","max_tokens":9,"system":[{"type":"text","text":"s"}],"messages":[
              {"role":"user","content":"q"},
              {"role":"assistant","content":[{"type":"web_search_tool_result","tool_use_id":"w","content":[]}]},
              {"role":"assistant","content":[{"type":"server_tool_use","id":"s","name":"w","input":{}},
                {"type":"thinking","thinking":"Hm.","signature":"c2ln"},
                {"type":"tool_use","id":"toolu_1","name":"f","input":{}}]},
              {"role":"user","content":[
                {"type":"tool_result","tool_use_id":"toolu_1","content":[{"type":"strange"},{"type":"text","text":"see"},%s]},
                {"type":"strange"},%s]}]}""";

    private static final String MESSAGES_IMAGE =
            "{\"type\":\"image\",\"source\":{\"type\":\"url\",\"url\":\"" + PLACE + "\"}}";
    private static final String MESSAGES_FILE =
            "{\"type\":\"document\",\"source\":{\"type\":\"url\",\"url\":\"https://a.example/x.pdf\"}}";

    /** Four items of the assistant become one message, and the instructions are none. */
    private static final String RESPONSES = """
            {"model":"m","instructions":"s","input":[
              {"role":"user","content":"q"},
              {"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"Hm."}],"encrypted_content":"gAAAA"},
              {"role":"assistant","content":[{"type":"output_text","text":"so"}]},
              {"type":"function_call","call_id":"a","name":"f","arguments":"{}"},
              {"type":"function_call","call_id":"b","name":"f","arguments":"%s"},
              {"type":"function_call_output","call_id":"a","output":"sun"},
              {"type":"function_call_output","call_id":"b","output":[{"type":"input_text","text":"see"},%s]},
              {"role":"user","content":[{"type":"input_text","text":"and"},%s]}]}""";

    private static final String INPUT_TEXT = "{\"type\":\"input_text\",\"text\":\"t\"}";
    private static final String INPUT_IMAGE =
            "{\"type\":\"input_image\",\"image_url\":\"" + PLACE + "\",\"detail\":\"high\"}";
    private static final String INPUT_FILE =
            "{\"type\":\"input_file\",\"file_url\":\"https://a.example/x.pdf\",\"filename\":\"x.pdf\"}";

    @Test
    void refusalsOfAChatRequestNameTheClientsMessages() {
        for (ApiSchema provider : List.of(OLLAMA_CHAT, BEDROCK_CONVERSE)) {
            assertThat(refused(OPENAI_CHAT, provider, CHAT.formatted("{}", TEXT, CHAT_SOUND)))
                    .isEqualTo("messages[5].content[1]");
            assertThat(refused(OPENAI_CHAT, provider, CHAT.formatted("{}", CHAT_IMAGE, TEXT)))
                    .isEqualTo("messages[4].content[1]");
            assertThat(refused(OPENAI_CHAT, provider, CHAT.formatted("none", TEXT, TEXT)))
                    .isEqualTo("messages[2].tool_calls[1]");
        }
        assertThat(refused(OPENAI_CHAT, COHERE_CHAT, CHAT.formatted("{}", TEXT, CHAT_SOUND)))
                .isEqualTo("messages[5].content[1]");
        assertThat(refused(OPENAI_CHAT, GEMINI_GENERATE_CONTENT, CHAT.formatted("none", TEXT, TEXT)))
                .isEqualTo("messages[2].tool_calls[1].function.arguments");
        assertThat(refused(OPENAI_CHAT, GEMINI_GENERATE_CONTENT, """
                {"model":"m","messages":[{"role":"user","content":"q"},{"role":"assistant","content":null,
                  "function_call":{"name":"f","arguments":"none"}}]}""")).isEqualTo("messages[1].function_call.arguments");
        assertThat(refused(OPENAI_CHAT, GEMINI_GENERATE_CONTENT, """
                {"model":"m","messages":[{"role":"user","content":"q"},{"role":"tool","tool_call_id":"x","content":"1"},
                  {"role":"tool","tool_call_id":"y","content":"2"}]}""")).isEqualTo("messages[1].tool_call_id");
    }

    @Test
    void lossesOfAChatRequestNameTheClientsMessages() {
        assertThat(lost(OPENAI_CHAT, ANTHROPIC_MESSAGES, CHAT.formatted("{}", CHAT_IMAGE, CHAT_SOUND)))
                .containsExactly("messages[4].content[1].image_url.detail", "messages[5].content[1]");
        assertThat(lost(OPENAI_CHAT, GEMINI_GENERATE_CONTENT, CHAT.formatted("{}", TEXT, CHAT_IMAGE)))
                .containsExactly("messages[5].content[1].image_url.detail");
        assertThat(lost(OPENAI_CHAT, BEDROCK_CONVERSE, CHAT.formatted("{}", TEXT, TEXT)))
                .containsExactly("messages[2].reasoning_content");
    }

    @Test
    void refusalsOfAMessagesRequestNameTheClientsMessages() {
        for (ApiSchema provider : List.of(OLLAMA_CHAT, BEDROCK_CONVERSE)) {
            assertThat(refused(ANTHROPIC_MESSAGES, provider, MESSAGES.formatted(TEXT, MESSAGES_IMAGE)))
                    .isEqualTo("messages[3].content[2]");
            assertThat(refused(ANTHROPIC_MESSAGES, provider, MESSAGES.formatted(MESSAGES_IMAGE, TEXT)))
                    .isEqualTo("messages[3].content[0].content[2]");
        }
        assertThat(refused(ANTHROPIC_MESSAGES, OPENAI_CHAT, MESSAGES.formatted(TEXT, MESSAGES_FILE)))
                .isEqualTo("messages[3].content[2]");
        assertThat(refused(ANTHROPIC_MESSAGES, COHERE_CHAT, MESSAGES.formatted(TEXT, MESSAGES_FILE)))
                .isEqualTo("messages[3].content[2]");
        assertThat(refused(ANTHROPIC_MESSAGES, OLLAMA_CHAT, """
                {"model":"m","max_tokens":9,"system":[{"type":"text","text":"s"},
                  {"type":"image","source":{"type":"base64","media_type":"image/png","data":"AA=="}}],
                 "messages":[{"role":"user","content":"q"}]}""")).isEqualTo("system[1]");
    }

    @Test
    void whatAnAssistantCannotShowAtAResponsesProviderIsNamedWhereItStood() {
        assertThat(lost(ANTHROPIC_MESSAGES, OPENAI_RESPONSES, """
                {"model":"m","max_tokens":9,"system":"s","messages":[{"role":"user","content":"q"},
                  {"role":"assistant","content":[{"type":"text","text":"a"},%s]},
                  {"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":[
                    {"type":"thinking","thinking":"Hm.","signature":"c2ln"}]}]}]}""".formatted(MESSAGES_IMAGE)))
                .containsExactly("messages[1].content[1]", "messages[2].content[0].content[0]");
    }

    @Test
    void lossesOfAMessagesRequestNameTheClientsMessages() {
        assertThat(lost(ANTHROPIC_MESSAGES, BEDROCK_CONVERSE, MESSAGES.formatted(TEXT, TEXT)))
                .containsExactlyInAnyOrder(
                        "messages[1].content[0]",
                        "messages[2].content[0]",
                        "messages[2].content[1]",
                        "messages[3].content[0].content[0]",
                        "messages[3].content[1]");
    }

    @Test
    void refusalsOfAResponsesRequestNameTheClientsItems() {
        for (ApiSchema provider : List.of(OLLAMA_CHAT, BEDROCK_CONVERSE)) {
            assertThat(refused(OPENAI_RESPONSES, provider, RESPONSES.formatted("{}", INPUT_TEXT, INPUT_FILE)))
                    .isEqualTo("input[7].content[1]");
            assertThat(refused(OPENAI_RESPONSES, provider, RESPONSES.formatted("{}", INPUT_IMAGE, INPUT_TEXT)))
                    .isEqualTo("input[6].output[1]");
            assertThat(refused(OPENAI_RESPONSES, provider, RESPONSES.formatted("none", INPUT_TEXT, INPUT_TEXT)))
                    .isEqualTo("input[4]");
        }
        assertThat(refused(
                        OPENAI_RESPONSES, GEMINI_GENERATE_CONTENT, RESPONSES.formatted("none", INPUT_TEXT, INPUT_TEXT)))
                .isEqualTo("input[4].arguments");
    }

    @Test
    void lossesOfAResponsesRequestNameTheClientsItems() {
        assertThat(lost(OPENAI_RESPONSES, ANTHROPIC_MESSAGES, RESPONSES.formatted("{}", INPUT_IMAGE, INPUT_IMAGE)))
                .containsExactly("input[6].output[1].detail", "input[7].content[1].detail");
        assertThat(lost(OPENAI_RESPONSES, BEDROCK_CONVERSE, RESPONSES.formatted("{}", INPUT_TEXT, INPUT_TEXT)))
                .containsExactly("input[1]");
    }

    @Test
    void addressesOfImagesAreWhereTheClientWroteThem() {
        assertThat(addresses(OPENAI_CHAT, CHAT.formatted("{}", CHAT_IMAGE, CHAT_IMAGE)))
                .containsExactly("messages[4].content[1].image_url", "messages[5].content[1].image_url");
        assertThat(addresses(ANTHROPIC_MESSAGES, MESSAGES.formatted(MESSAGES_IMAGE, MESSAGES_IMAGE)))
                .containsExactly("messages[3].content[0].content[2].source", "messages[3].content[2].source");
        assertThat(addresses(OPENAI_RESPONSES, RESPONSES.formatted("{}", INPUT_IMAGE, INPUT_IMAGE)))
                .containsExactly("input[6].output[1].image_url", "input[7].content[1].image_url");
    }

    @Test
    void whereAPartStoodIsKnownStillWhenImagesHaveBeenFetched() {
        Conversation said = TranslationTable.reader(OPENAI_RESPONSES)
                .read(bytes(RESPONSES.formatted("{}", INPUT_IMAGE, INPUT_FILE)));
        Conversation filled =
                AddressedImages.filled(said, Map.of(PLACE, new AddressedImages.Content("image/png", "iVBORw0KGgo=")));

        GatewayError error = catchThrowableOfType(
                GatewayError.class,
                () -> TranslationTable.between(OPENAI_RESPONSES, OLLAMA_CHAT, 9).request(filled, "m", new Losses()));

        assertThat(error.param()).isEqualTo("input[7].content[1]");
    }

    private static List<String> addresses(ApiSchema client, String request) {
        return AddressedImages.in(TranslationTable.reader(client).read(bytes(request))).stream()
                .map(AddressedImages.Addressed::path)
                .toList();
    }

    private static String refused(ApiSchema client, ApiSchema provider, String request) {
        GatewayError error = catchThrowableOfType(
                GatewayError.class, () -> Capabilities.translate(client, provider, bytes(request), new Losses()));
        assertThat(error).as(request).isNotNull();
        return error.param();
    }

    private static Set<String> lost(ApiSchema client, ApiSchema provider, String request) {
        Losses losses = new Losses();
        assertThat(Capabilities.translate(client, provider, bytes(request), losses))
                .isNotEmpty();
        return losses.fields();
    }

    private static byte[] bytes(String request) {
        return request.getBytes(StandardCharsets.UTF_8);
    }
}
