// SPDX-License-Identifier: Apache-2.0
package dev.penstock.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.ChatDialect;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.TargetEdits;
import dev.penstock.routing.Route.RouteTarget;
import dev.penstock.sse.TranslatingReader;
import dev.penstock.translation.continuation.Continuation.Possible;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What an exchange is given to let an answer go on at another target. */
final class TextContinuationTest {

    private static final GatewayError CUT = GatewayError.of(Kind.TRUNCATED, "cut");
    private static final Speech.AnswerContext CONTEXT = new Speech.AnswerContext("ex", "alias", Instant.EPOCH);
    private static final byte[] CHAT = bytes("{'model':'alias','stream':true,'x_own':1,'max_tokens':50,"
            + "'messages':[{'role':'user','content':'Hi'}]}");

    private static final RouteTarget OPENAI = target("a/gpt-4o", ApiSchema.OPENAI_CHAT, ChatDialect.OPENAI);
    private static final RouteTarget CLAUDE_4_5 =
            target("b/claude-sonnet-4-5", ApiSchema.ANTHROPIC_MESSAGES, ChatDialect.UNKNOWN);
    private static final RouteTarget CLAUDE_4_6 =
            target("c/claude-opus-4-6", ApiSchema.ANTHROPIC_MESSAGES, ChatDialect.UNKNOWN);
    private static final RouteTarget NEWER_CLAUDE_AT_AMAZON =
            target("d/us.anthropic.claude-sonnet-4-6", ApiSchema.BEDROCK_CONVERSE, ChatDialect.UNKNOWN);
    private static final RouteTarget MISTRAL = target("e/mistral-large", ApiSchema.OPENAI_CHAT, ChatDialect.MISTRAL);

    @Test
    void sendsTheClientsOwnBytesFirstAndTranslatesTheAnswer() {
        TextContinuation continuation = of(ApiSchema.OPENAI_CHAT, CHAT);
        Speech own = own(OPENAI);
        Speech begun = continuation.begin(OPENAI, own);

        assertThat(text(begun)).isEqualTo(text(own(OPENAI))).contains("x_own");
        assertThat(begun.reader(CONTEXT)).isInstanceOf(TranslatingReader.class);
        assertThat(begun.hidesUsage()).isFalse();
    }

    @Test
    void asksAModelThatTakesPrefillsToGoOnBehindTheText() {
        JsonNode asked = next(CLAUDE_4_5, "The water \n");

        assertThat(asked.at("/messages/1/role").asText()).isEqualTo("assistant");
        assertThat(asked.at("/messages/1/content/0/text").asText()).isEqualTo("The water");
        assertThat(asked.path("messages")).hasSize(2);
    }

    /** LiteLLM issue 27967. */
    @Test
    void neverSendsAPrefillToAModelWithoutOne() {
        for (RouteTarget target : new RouteTarget[] {OPENAI, CLAUDE_4_6, NEWER_CLAUDE_AT_AMAZON}) {
            JsonNode asked = next(target, "The water ");

            assertThat(asked.path("messages")).as(target.target().toString()).hasSize(3);
            assertThat(asked.at("/messages/1").toString())
                    .contains("\"assistant\"")
                    .contains("The water ");
            assertThat(asked.at("/messages/2").toString()).contains("\"user\"").contains("Repeat nothing");
        }
    }

    @Test
    void tellsMistralThatTheTextIsAPrefix() {
        assertThat(next(MISTRAL, "The water").at("/messages/1/prefix").asBoolean())
                .isTrue();
    }

    @Test
    void asksForNoMoreThanIsLeft() {
        assertThat(next(CLAUDE_4_5, "x".repeat(40)).path("max_tokens").asInt()).isEqualTo(50 - 10);
    }

    @Test
    void endsWhereTheClientsLimitIsUsedUp() {
        TextContinuation continuation = begun("x".repeat(200));
        Speech next = continuation.goOn(CLAUDE_4_5, own(CLAUDE_4_5), CHAT);

        assertThatThrownBy(next::request).isInstanceOfSatisfying(GatewayError.class, why -> {
            assertThat(why.kind()).isEqualTo(Kind.TRUNCATED);
            assertThat(why.retry()).isEqualTo(GatewayError.Retry.NEVER);
        });
    }

    @Test
    void goesOnWithABeginningThatTheClientItselfMade() {
        byte[] body = bytes("{'model':'alias','stream':true,'max_tokens':50,'messages':[{'role':'user','content':'Hi'},"
                + "{'role':'assistant','content':'Well, '}]}");
        TextContinuation continuation = of(ApiSchema.ANTHROPIC_MESSAGES, body);
        Speech first = continuation.begin(
                CLAUDE_4_5, Asked.read(ApiSchema.ANTHROPIC_MESSAGES, body).to(CLAUDE_4_5));
        hear(
                first,
                "event: content_block_delta\ndata: {'type':'content_block_delta','index':0,"
                        + "'delta':{'type':'text_delta','text':'the water'}}\n\n");
        continuation.onCut(CUT);
        Speech own = Asked.read(ApiSchema.ANTHROPIC_MESSAGES, body).to(CLAUDE_4_5);

        JsonNode asked = tree(text(continuation.goOn(CLAUDE_4_5, own, body)));

        assertThat(asked.path("messages")).hasSize(2);
        assertThat(asked.at("/messages/1/content/0/text").asText()).isEqualTo("Well, the water");
    }

    @Test
    void leavesRequestsAloneWhoseAnswersCannotGoOn() {
        for (String demand : new String[] {
            "'response_format':{'type':'json_object'}",
            "'n':2",
            "'logprobs':true",
            "'tools':[{'type':'function','function':{'name':'look'}}],'tool_choice':'required'",
            "'modalities':['text','audio']",
            "'audio':{'voice':'alloy'}"
        }) {
            assertThat(TextContinuation.of(ApiSchema.OPENAI_CHAT, with(demand)))
                    .as(demand)
                    .isNull();
        }
        assertThat(TextContinuation.of(
                        ApiSchema.ANTHROPIC_MESSAGES,
                        with("'tools':[{'type':'web_search_20250305','name':'web_search'}]")))
                .isNull();
        assertThat(TextContinuation.of(
                        ApiSchema.OPENAI_RESPONSES,
                        bytes("{'model':'alias','stream':true,'input':'Hi','tools':[{'type':'web_search'}]}")))
                .isNull();
        assertThat(TextContinuation.of(ApiSchema.OPENAI_COMPLETIONS, CHAT)).isNull();
        byte[] whole = new String(CHAT, StandardCharsets.UTF_8)
                .replace("true", "false")
                .getBytes(StandardCharsets.UTF_8);
        assertThat(TextContinuation.of(ApiSchema.OPENAI_CHAT, whole))
                .as("no stream")
                .isNull();
    }

    @Test
    void goesOnWithToolsThatAreOnlyOffered() {
        assertThat(TextContinuation.of(
                        ApiSchema.OPENAI_CHAT,
                        with("'tools':[{'type':'function','function':{'name':'look'}}],'tool_choice':'auto'")))
                .isNotNull();
    }

    /** An error as the first thing of a stream, or of the attempt that goes on: the next target is asked all the same. */
    @Test
    void goesOnAtTheNextTargetWhenTheOneThatShouldGoOnFailsAtOnce() {
        TextContinuation continuation = begun("The water");
        Speech second = continuation.goOn(CLAUDE_4_5, own(CLAUDE_4_5), CHAT);
        text(second);
        hear(second, "event: error\ndata: {'type':'error','error':{'type':'overloaded_error','message':'x'}}\n\n");

        assertThat(continuation.onCut(GatewayError.of(Kind.PROVIDER_ERROR, "overloaded")))
                .isEqualTo(new Possible("The water", 3));
        assertThat(text(continuation.goOn(MISTRAL, own(MISTRAL), CHAT))).contains("The water");
    }

    // ---- given

    private static JsonNode next(RouteTarget target, String said) {
        return tree(text(begun(said).goOn(target, own(target), CHAT)));
    }

    /** Cut behind this text. */
    private static TextContinuation begun(String said) {
        TextContinuation continuation = of(ApiSchema.OPENAI_CHAT, CHAT);
        Speech first = continuation.begin(OPENAI, own(OPENAI));
        hear(first, "data: {'choices':[{'index':0,'delta':{'content':'" + said.replace("\n", "\\n") + "'}}]}\n\n");
        assertThat(continuation.onCut(CUT)).isInstanceOf(Possible.class);
        return continuation;
    }

    private static void hear(Speech speech, String event) {
        byte[] heard = bytes(event);
        speech.reader(CONTEXT).read(heard, 0, heard.length);
        speech.spoken();
    }

    private static TextContinuation of(ApiSchema client, byte[] body) {
        TextContinuation continuation = TextContinuation.of(client, body);
        assertThat(continuation).isNotNull();
        return continuation;
    }

    private static Speech own(RouteTarget target) {
        return Asked.read(ApiSchema.OPENAI_CHAT, CHAT).to(target);
    }

    private static String text(Speech speech) {
        Buffer whole = Buffer.buffer();
        speech.request().forEach(whole::appendBuffer);
        return whole.toString(StandardCharsets.UTF_8);
    }

    private static JsonNode tree(String json) {
        try {
            return new ObjectMapper().readTree(json);
        } catch (IOException e) {
            throw new AssertionError(json, e);
        }
    }

    private static byte[] with(String member) {
        return bytes("{'model':'alias','stream':true,'max_tokens':50," + member
                + ",'messages':[{'role':'user','content':'Hi'}]}");
    }

    private static byte[] bytes(String text) {
        return text.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    }

    private static RouteTarget target(String name, ApiSchema schema, ChatDialect dialect) {
        int slash = name.indexOf('/');
        return new RouteTarget(
                new Target(name.substring(0, slash), name.substring(slash + 1)),
                schema,
                Set.of(schema),
                4096,
                true,
                dialect,
                false,
                true,
                1,
                TargetEdits.NONE);
    }
}
