// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.edits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.TargetEdits;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Small bodies, byte for byte. Bodies are written with ' for ". */
final class EditedRequestTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    private static final TargetEdits NO_TOOLS = new TargetEdits(Map.of(), true, false, 0, 0);
    private static final TargetEdits NO_FORM = new TargetEdits(Map.of(), false, true, 0, 0);

    private static TargetEdits limit(int maxTokens) {
        return new TargetEdits(Map.of(), false, false, maxTokens, 0);
    }

    private static TargetEdits history(int most) {
        return new TargetEdits(Map.of(), false, false, 0, most);
    }

    private static TargetEdits setting(Map<String, Object> values) {
        return new TargetEdits(values, false, false, 0, 0);
    }

    private static String edited(ApiSchema schema, String body, TargetEdits edits) throws Exception {
        byte[] once = EditedRequest.of(schema, body.replace('\'', '"').getBytes(StandardCharsets.UTF_8), edits);
        byte[] twice = EditedRequest.of(schema, once, edits);
        assertThat(new String(twice, StandardCharsets.UTF_8))
                .as("edited twice")
                .isEqualTo(new String(once, StandardCharsets.UTF_8));
        JSON.readTree(once);
        return new String(once, StandardCharsets.UTF_8).replace('"', '\'');
    }

    static Stream<Arguments> edits() {
        return Stream.of(
                // limits
                chat(limit(100), "{'model':'m','max_tokens': 500 }", "{'model':'m','max_tokens': 100 }"),
                chat(limit(100), "{'max_tokens':50.0}", "{'max_tokens':50.0}"),
                chat(
                        limit(100),
                        "{'max_tokens':1e3,'max_completion_tokens':7}",
                        "{'max_tokens':100,'max_completion_tokens':7}"),
                chat(limit(100), "{}", "{'max_completion_tokens':100}"),
                chat(limit(100), "{ }", "{'max_completion_tokens':100 }"),
                chat(limit(100), "{'model':'m'\n}", "{'model':'m','max_completion_tokens':100\n}"),
                chat(limit(100), "{'max_tokens':null}", "{'max_tokens':null,'max_completion_tokens':100}"),
                chat(limit(100), "{'max_completion_tokens':null}", "{'max_completion_tokens':100}"),
                chat(
                        limit(100),
                        "{'max_tokens':300,'thinking':{'type':'enabled','budget_tokens':100},'reasoning':{'max_tokens':200,'exclude':true}}",
                        "{'max_tokens':100,'reasoning':{'exclude':true}}"),
                chat(
                        limit(100),
                        "{'max_tokens':300,'thinking':{'type':'enabled','budget_tokens':99}}",
                        "{'max_tokens':100,'thinking':{'type':'enabled','budget_tokens':99}}"),
                messages(limit(100), "{'max_tokens':4096,'x':1}", "{'max_tokens':100,'x':1}"),
                messages(limit(5000), "{'max_tokens':4096}", "{'max_tokens':4096}"),
                messages(
                        limit(2000),
                        "{'max_tokens':4096,'thinking':{'type':'enabled','budget_tokens':2000}}",
                        "{'max_tokens':2000}"),
                messages(
                        limit(2001),
                        "{'thinking':{'type':'enabled','budget_tokens':2000},'max_tokens':4096}",
                        "{'thinking':{'type':'enabled','budget_tokens':2000},'max_tokens':2001}"),
                messages(
                        limit(10),
                        "{'thinking':{'type':'adaptive'},'max_tokens':4096}",
                        "{'thinking':{'type':'adaptive'},'max_tokens':10}"),
                responses(limit(100), "{'input':'x'}", "{'input':'x','max_output_tokens':100}"),
                responses(limit(100), "{'max_output_tokens':101}", "{'max_output_tokens':100}"),
                Arguments.of(ApiSchema.ANTHROPIC_COUNT_TOKENS, limit(100), "{'model':'m'}", "{'model':'m'}"),
                Arguments.of(ApiSchema.OPENAI_COMPLETIONS, limit(100), "{'max_tokens':200}", "{'max_tokens':100}"),
                Arguments.of(ApiSchema.OPENAI_COMPLETIONS, limit(100), "{'prompt':'x'}", "{'prompt':'x'}"),
                Arguments.of(ApiSchema.OPENAI_EMBEDDINGS, limit(100), "{'input':'x'}", "{'input':'x'}"),
                // the form of the answer
                chat(
                        NO_FORM,
                        "{'response_format':{'type':'json_object'}, 'model':'m', 'guided_json':{},'x':[ 1 ]}",
                        "{'model':'m','x':[ 1 ]}"),
                messages(
                        NO_FORM,
                        "{'output_config':{'effort':'low','format':{'type':'json_schema','schema':{}}}}",
                        "{'output_config':{'effort':'low'}}"),
                messages(
                        NO_FORM, "{'a':1,'output_config':{'format':{}},'output_format':{} , 'b':2}", "{'a':1 , 'b':2}"),
                responses(
                        NO_FORM,
                        "{'text':{'format':{'type':'json_object'},'verbosity':'low'}}",
                        "{'text':{'verbosity':'low'}}"),
                responses(NO_FORM, "{'text':{'format':{'type':'json_object'}}}", "{}"),
                // tools that nobody has called
                chat(
                        NO_TOOLS,
                        "{'tools':[{}],'tool_choice':'auto','parallel_tool_calls':false,'functions':[],'function_call':'none',"
                                + "'messages':[ {'role':'user', 'content':'x'} ]}",
                        "{'messages':[ {'role':'user', 'content':'x'} ]}"),
                chat(NO_TOOLS, "{'to\\u006fls':[{}],'a':1}", "{'a':1}"),
                chat(NO_TOOLS, "{'a':1,'tools':[{}],'tools':[]}", "{'a':1}"),
                messages(
                        NO_TOOLS,
                        "{'tools':[{}],'tool_choice':{'type':'any'},'mcp_servers':[],'container':'c','system':'s'}",
                        "{'system':'s'}"),
                responses(
                        NO_TOOLS,
                        "{'tools':[{}],'max_tool_calls':2,'include':['file_search_call.results','reasoning.encrypted_content'],'input':'x'}",
                        "{'include':['reasoning.encrypted_content'],'input':'x'}"),
                responses(NO_TOOLS, "{'include':['file_search_call.results'],'input':'x'}", "{'input':'x'}"),
                // conversations without tools
                chat(NO_TOOLS, said("u1", "u2"), said("u1", "u2")),
                chat(
                        NO_TOOLS,
                        "{'messages':[{'role':'system','content':'s'},{'role':'assistant','content':null,'tool_calls':[{'id':'c','type':'function','function':{'name':'f','arguments':'{}'}}]}]}",
                        "{'messages':[{'role':'system','content':'s'},{'role':'user','content':'Called without a result: f'}]}"),
                chat(
                        NO_TOOLS,
                        "{'messages':[{'role':'user','content':'q','name':'ann'},{'role':'tool','tool_call_id':'lost','content':''}]}",
                        "{'messages':[{'role':'user','content':'q','name':'ann'},{'role':'user','content':'Result of a tool: nothing'}]}"),
                // history
                chat(history(1), said("u1", "a1", "u2"), said("u2")),
                chat(history(2), said("u1", "a1", "u2"), said("u2")),
                chat(history(3), said("u1", "a1", "u2"), said("u1", "a1", "u2")),
                chat(history(1), said("s1", "u1", "a1", "s2", "u2"), said("s1", "s2", "u2")),
                chat(history(1), said("u1", "a1", "u2", "a2"), said("u2", "a2")),
                chat(history(1), said("a1", "a2"), said("a1", "a2")),
                chat(history(1), said("u1", "c1", "t1", "c2", "t2"), said("u1", "c2", "t2")),
                chat(history(3), said("u1", "c1", "t1", "c2", "t2"), said("u1", "c2", "t2")),
                chat(history(4), said("u1", "c1", "t1", "c2", "t2"), said("u1", "c1", "t1", "c2", "t2")),
                chat(history(3), said("u0", "a0", "u1", "c1", "t1", "c2", "t2", "t3"), said("u1", "c2", "t2", "t3")));
    }

    /** Messages by letters: system, user, assistant, call and tool. */
    private static String said(String... words) {
        StringBuilder all = new StringBuilder("{'messages':[");
        for (String word : words) {
            all.append(all.length() > 13 ? "," : "")
                    .append(
                            switch (word.charAt(0)) {
                                case 's' -> "{'role':'system','content':'" + word + "'}";
                                case 'u' -> "{'role':'user','content':'" + word + "'}";
                                case 'a' -> "{'role':'assistant','content':'" + word + "'}";
                                case 'c' -> "{'role':'assistant','tool_calls':[{'id':'" + word + "'}]}";
                                default -> "{'role':'tool','tool_call_id':'" + word + "'}";
                            });
        }
        return all.append("]}").toString();
    }

    private static Arguments chat(TargetEdits edits, String body, String expected) {
        return Arguments.of(ApiSchema.OPENAI_CHAT, edits, body, expected);
    }

    private static Arguments messages(TargetEdits edits, String body, String expected) {
        return Arguments.of(ApiSchema.ANTHROPIC_MESSAGES, edits, body, expected);
    }

    private static Arguments responses(TargetEdits edits, String body, String expected) {
        return Arguments.of(ApiSchema.OPENAI_RESPONSES, edits, body, expected);
    }

    @ParameterizedTest(name = "{0} {2}")
    @MethodSource("edits")
    void changesWhatItMustAndLeavesTheRest(ApiSchema schema, TargetEdits edits, String body, String expected)
            throws Exception {
        assertThat(edited(schema, body, edits)).isEqualTo(expected);
    }

    @Test
    void setsValuesInTheirPlaceOrBehindTheOthersInTheOrderOfTheFile() throws Exception {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("top_p", 0.5);
        values.put("temperature", 0);
        values.put("stop", List.of("\n", "\"x\""));
        values.put("x-ü", Map.of("on", true));

        String body =
                edited(ApiSchema.OPENAI_CHAT, "{ 'temperature' : 1.70, 'messages': [ ], 'seed':1e2 }", setting(values));

        assertThat(body)
                .isEqualTo(
                        "{ 'temperature' : 0, 'messages': [ ], 'seed':1e2,'top_p':0.5,'stop':['\\n','\\'x\\''],'x-ü':{'on':true} }");
    }

    @ParameterizedTest
    @EnumSource(
            value = ApiSchema.class,
            names = {"OPENAI_CHAT", "OPENAI_RESPONSES", "OPENAI_COMPLETIONS", "OPENAI_EMBEDDINGS", "ANTHROPIC_MESSAGES"
            })
    void neverSetsWhereARequestGoesOrWhatWasSaid(ApiSchema schema) throws Exception {
        Map<String, Object> values = new LinkedHashMap<>();
        TargetEdits.NEVER_SET.forEach(name -> values.put(name, "other"));
        values.put("user", "u");

        assertThat(edited(schema, "{'model':'m'}", setting(values))).isEqualTo("{'model':'m','user':'u'}");
    }

    @Test
    void aValueOfTheTargetsOwnHoldsAgainstASimplification() throws Exception {
        TargetEdits edits = new TargetEdits(
                Map.of("max_tokens", 300, "response_format", Map.of("type", "text")), false, true, 100, 0);

        assertThat(edited(ApiSchema.OPENAI_CHAT, "{'max_tokens':400,'response_format':{'type':'json_object'}}", edits))
                .isEqualTo("{'max_tokens':300,'response_format':{'type':'text'}}");
    }

    @Test
    void returnsTheClientsOwnArrayWhereNothingChanges() {
        byte[] body = "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"max_tokens\":5}"
                .getBytes(StandardCharsets.UTF_8);

        assertThat(EditedRequest.of(ApiSchema.OPENAI_CHAT, body, TargetEdits.NONE))
                .isSameAs(body);
        assertThat(EditedRequest.of(ApiSchema.OPENAI_CHAT, body, new TargetEdits(Map.of(), true, true, 9, 3)))
                .isSameAs(body);
    }

    @Test
    void keepsTheBytesOfMessagesThatSayTheSame() throws Exception {
        String body = edited(
                ApiSchema.OPENAI_CHAT,
                "{'messages': [ {'role':'user' , 'content':'\\u0041\\/'}, {'role':'assistant','content':'b','tool_calls':[{'id':'c','type':'function','function':{'name':'f','arguments':'{\\'a\\':1}'}}]},"
                        + " {'role':'tool','tool_call_id':'c','content':[{'type':'text','text':'18'},{'type':'image_url','image_url':{'url':'u'}}]},"
                        + " {'role':'assistant', 'content':'1.0'  , 'x':1.50} ], 'y':1.50}",
                NO_TOOLS);

        assertThat(body)
                .isEqualTo("{'messages': [{'role':'user' , 'content':'\\u0041\\/'},{'role':'assistant','content':'b'},"
                        + "{'role':'user','content':[{'type':'text','text':'Result of f({\\'a\\':1}): 18'},{'type':'image_url','image_url':{'url':'u'}}]},"
                        + "{'role':'assistant', 'content':'1.0'  , 'x':1.50}], 'y':1.50}");
    }

    @Test
    void shortensTheArgumentsOfACallThatHoldsAFile() throws Exception {
        String body = edited(
                ApiSchema.ANTHROPIC_MESSAGES,
                "{'messages':[{'role':'user','content':'q'},{'role':'assistant','content':[{'type':'tool_use','id':'t','name':'write','input':{'f':'"
                        + "x".repeat(5_000)
                        + "'}}]},{'role':'user','content':[{'type':'tool_result','tool_use_id':'t','is_error':true}]}]}",
                NO_TOOLS);

        assertThat(body).contains("Result of write({", "…) (failed): nothing").hasSizeLessThan(1_000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "7", "{\"a\":1", "{\"a\":1} x", "{\"a\":01}", "{\"messages\":[}", "\uFEFF{}", ""})
    void refusesWhatIsNoObjectWithoutRepeatingIt(String body) {
        assertThatThrownBy(
                        () -> EditedRequest.of(ApiSchema.OPENAI_CHAT, body.getBytes(StandardCharsets.UTF_8), limit(5)))
                .isInstanceOfSatisfying(GatewayError.class, error -> assertThat(error.kind())
                        .isEqualTo(GatewayError.Kind.INVALID_REQUEST));
    }

    @Test
    void doesNotSplitAnEmojiThatAClientCutInTheMiddle() throws Exception {
        String body = edited(
                ApiSchema.OPENAI_RESPONSES,
                "{'input':[{'type':'function_call','call_id':'c','name':'f','arguments':'{}'},{'type':'function_call_output','call_id':'c','output':'\\ud83d'}]}",
                NO_TOOLS);

        assertThat(body).isEqualTo("{'input':[{'role':'user','content':'Result of f: ?'}]}");
    }

    @Test
    void noClientSpeaksTheSchemaOfAProviderAlone() {
        assertThat(Arrays.stream(ApiSchema.values()).filter(schema -> {
                    try {
                        EditedRequest.of(schema, "{}".getBytes(StandardCharsets.UTF_8), limit(1));
                        return false;
                    } catch (IllegalArgumentException e) {
                        return true;
                    }
                }))
                .containsExactly(
                        ApiSchema.GEMINI_GENERATE_CONTENT,
                        ApiSchema.BEDROCK_CONVERSE,
                        ApiSchema.OLLAMA_CHAT,
                        ApiSchema.COHERE_CHAT);
    }
}
