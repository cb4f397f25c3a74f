// SPDX-License-Identifier: Apache-2.0
package dev.penstock.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Identity;
import dev.penstock.exchange.Priority;
import dev.penstock.exchange.RequestFacts;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a decision gets to know, in every schema. Bodies are written with ' for ". */
final class AskedFactsTest {

    private static final String TOOL_CHAT =
            "'tools':[{'type':'function','function':{'name':'f','parameters':{'type':'object'}}}]";
    private static final String PNG = "iVBORw0KGgo=";

    private static RequestFacts facts(String schema, String body) {
        return AskedFacts.read(
                schema,
                body.replace('\'', '"').getBytes(StandardCharsets.UTF_8),
                new Identity("acme", "eu", "acme-web"),
                Priority.BATCH);
    }

    static Stream<Arguments> rich() {
        return Stream.of(
                Arguments.of(
                        "chat",
                        ApiSchema.OPENAI_CHAT,
                        "{'model':'m','stream':true,'max_tokens':9,'user':'ann'," + TOOL_CHAT
                                + ",'response_format':{'type':'json_object'},'messages':[{'role':'system','content':'be kind'},"
                                + "{'role':'user','content':[{'type':'text','text':'look'},{'type':'image_url','image_url':{'url':'data:image/png;base64,"
                                + PNG
                                + "'}}]},{'role':'assistant','content':null,'tool_calls':[{'id':'c','type':'function','function':{'name':'f','arguments':'{}'}}]},"
                                + "{'role':'tool','tool_call_id':'c','content':'18'}]}"),
                Arguments.of(
                        "messages",
                        ApiSchema.ANTHROPIC_MESSAGES,
                        "{'model':'m','stream':true,'max_tokens':9,'metadata':{'user_id':'ann'},'system':'be kind',"
                                + "'tools':[{'name':'f','input_schema':{'type':'object'}}],'output_config':{'format':{'type':'json_schema','schema':{}}},"
                                + "'messages':[{'role':'user','content':[{'type':'text','text':'look'},{'type':'image','source':{'type':'base64','media_type':'image/png','data':'"
                                + PNG
                                + "'}}]},{'role':'assistant','content':[{'type':'tool_use','id':'c','name':'f','input':{}}]},"
                                + "{'role':'user','content':[{'type':'tool_result','tool_use_id':'c','content':'18'}]}]}"),
                Arguments.of(
                        "Responses",
                        ApiSchema.OPENAI_RESPONSES,
                        "{'model':'m','stream':true,'max_output_tokens':9,'safety_identifier':'ann','instructions':'be kind',"
                                + "'tools':[{'type':'function','name':'f','parameters':{'type':'object'}}],'text':{'format':{'type':'json_object'}},"
                                + "'input':[{'role':'user','content':[{'type':'input_text','text':'look'},{'type':'input_image','image_url':'data:image/png;base64,"
                                + PNG
                                + "'}]},{'type':'function_call','call_id':'c','name':'f','arguments':'{}'},"
                                + "{'type':'function_call_output','call_id':'c','output':'18'}]}"));
    }

    @ParameterizedTest
    @MethodSource("rich")
    void findsEverythingInEverySchema(String name, ApiSchema schema, String body) {
        RequestFacts facts = facts(name, body);

        assertThat(facts.schema()).isEqualTo(schema);
        assertThat(facts.model()).isEqualTo("m");
        assertThat(facts.stream()).isTrue();
        assertThat(facts.tokens()).isPositive();
        assertThat(facts.maxTokens()).isEqualTo(9);
        assertThat(facts.tools()).isTrue();
        assertThat(facts.images()).isTrue();
        assertThat(facts.structured()).isTrue();
        assertThat(facts.text()).isEqualTo("look");
        assertThat(facts.user()).isEqualTo("ann");
        assertThat(facts.tenant()).isEqualTo("acme");
        assertThat(facts.region()).isEqualTo("eu");
        assertThat(facts.priority()).isEqualTo(Priority.BATCH);
    }

    static Stream<Arguments> plain() {
        return Stream.of(
                Arguments.of("chat", "{'model':'m','messages':[{'role':'user','content':'hi'}]}"),
                Arguments.of("messages", "{'model':'m','max_tokens':0,'messages':[{'role':'user','content':'hi'}]}"),
                Arguments.of("responses", "{'model':'m','input':'hi'}"),
                Arguments.of("completions", "{'model':'m','prompt':'hi'}"),
                Arguments.of("embeddings", "{'model':'m','input':['hi']}"));
    }

    @ParameterizedTest
    @MethodSource("plain")
    void findsNothingThatIsNotThere(String schema, String body) {
        RequestFacts facts = facts(schema, body);

        assertThat(facts.stream()).isFalse();
        assertThat(facts.maxTokens()).isZero();
        assertThat(facts.tools()).isFalse();
        assertThat(facts.images()).isFalse();
        assertThat(facts.structured()).isFalse();
        assertThat(facts.user()).isEmpty();
        assertThat(facts.text()).isEqualTo("hi");
    }

    @Test
    void aPromptWithoutAConversationHasItsTextAndItsUser() {
        RequestFacts facts = facts("completions", "{'model':'m','prompt':['a',[1,2],'b'],'user':'ann','max_tokens':3}");

        assertThat(facts.text()).isEqualTo("a\nb");
        assertThat(facts.user()).isEqualTo("ann");
        assertThat(facts.maxTokens()).isEqualTo(3);
    }

    @Test
    void countingTokensIsSeenLikeTheRequestThatIsCounted() {
        byte[] counted =
                "{\"model\":\"m\",\"tools\":[{\"name\":\"f\"}],\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"
                        .getBytes(StandardCharsets.UTF_8);
        ApiSchema schema = ApiSchema.ANTHROPIC_COUNT_TOKENS;

        RequestFacts facts =
                AskedFacts.of(schema, counted, Asked.read(schema, counted), Identity.NONE, Priority.INTERACTIVE);

        assertThat(facts.tools()).isTrue();
        assertThat(facts.text()).isEqualTo("hi");
        assertThat(facts.maxTokens()).isZero();
        assertThat(facts.tenant()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'model':'m','messages':[{'role':'user'}]}",
                "{'model':'m','messages':[{'role':'wizard','content':'x'}],'user':'ann'}",
                "{'model':'m','messages':[{'role':'user','content':'x'}],'tools':7}"
            })
    void whatCanNotBeReadToItsEndHasNoFactsAndThrowsNothing(String body) {
        RequestFacts facts = facts("chat", body);

        assertThat(facts.tools()).isFalse();
        assertThat(facts.images()).isFalse();
        assertThat(facts.text()).isEmpty();
        assertThat(facts.user()).isEmpty();
        assertThat(facts.prefixHash()).isZero();
        assertThat(facts.model()).isEqualTo("m");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'user':'ann'",
                "'safety_identifier':'ann'",
                "'prompt_cache_key':'ann'",
                "'prompt_cache_key':'x','safety_identifier':'ann'",
                "'safety_identifier':'x','user':'ann','prompt_cache_key':'y'"
            })
    void namesTheUserByTheFirstNameThatThereIs(String members) {
        assertThat(facts("chat", "{'model':'m'," + members + ",'messages':[{'role':'user','content':'hi'}]}")
                        .user())
                .isEqualTo("ann");
    }

    @Test
    void theTextIsTheLastThatTheUserSaidAndNoResultOfATool() {
        assertThat(facts(
                                "messages",
                                "{'model':'m','max_tokens':1,'messages':[{'role':'user','content':'first'},{'role':'assistant','content':'ok'},"
                                        + "{'role':'user','content':[{'type':'text','text':'a'},{'type':'text','text':'b'}]},{'role':'assistant','content':'so'}]}")
                        .text())
                .isEqualTo("a\nb");
    }

    // ------------------------------------------------------------------ the beginning of a prompt

    private static long prefix(String system, String tool, String... turns) {
        StringBuilder body = new StringBuilder("{'model':'m','tools':[{'type':'function','function':{'name':'" + tool
                + "'}}],'messages':[{'role':'system','content':'" + system + "'}");
        for (int i = 0; i < turns.length; i++) {
            body.append(",{'role':'").append(i % 2 == 0 ? "user" : "assistant");
            body.append("','content':'").append(turns[i]).append("'}");
        }
        return facts("chat", body.append("]}").toString()).prefixHash();
    }

    @Test
    void theBeginningIsTheSameForEveryTurnOfAConversation() {
        assertThat(prefix("s", "f", "q"))
                .isEqualTo(prefix("s", "f", "q", "a", "more"))
                .isEqualTo(prefix("s", "f", "q", "other", "even more", "x", "y"));
    }

    @Test
    void theBeginningDiffersWhereInstructionsToolsOrTheFirstMessageDo() {
        assertThat(Stream.of(
                        prefix("s", "f", "q"),
                        prefix("t", "f", "q"),
                        prefix("s", "g", "q"),
                        prefix("s", "f", "r"),
                        prefix("", "f", "sq"),
                        prefix("sq", "f", "")))
                .doesNotHaveDuplicates();
    }

    @Test
    void onlyTheFirstFourThousandCharactersOfEachCount() {
        String long1 = "x".repeat(4096);

        assertThat(prefix(long1 + "a", "f", "q")).isEqualTo(prefix(long1 + "b", "f", "q"));
        assertThat(prefix(long1 + "a", "f", "q")).isNotEqualTo(prefix(long1 + "a", "f", "r"));
        assertThat(prefix("s", "f", long1 + "a")).isEqualTo(prefix("s", "f", long1 + "b"));
    }

    @Test
    void theBeginningIsTheSameNumberOnEveryNode() {
        assertThat(prefix("be kind", "get_weather", "hello")).isEqualTo(-6053617274472282433L);
    }

    @Test
    void refusesASchemaThatNoClientSpeaks() {
        assertThatThrownBy(() -> facts("gemini", "{}"))
                .isInstanceOfSatisfying(
                        GatewayError.class, error -> assertThat(error.hint()).contains("responses"));
        assertThatThrownBy(() -> facts("chat", "{'model':'m'}")).isInstanceOf(GatewayError.class);
    }
}
