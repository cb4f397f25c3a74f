// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.conversation.AnswerInfo;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.kit.SseEvents;
import dev.penstock.sse.EventReader;
import dev.penstock.sse.TranslatingReader;
import dev.penstock.translation.continuation.Continuation;
import dev.penstock.translation.continuation.Continuation.Impossible;
import dev.penstock.translation.continuation.Continuation.Possible;
import dev.penstock.translation.continuation.ContinuedRequest.Way;
import dev.penstock.translation.continuation.Obstacle;
import dev.penstock.translation.continuation.Switchover;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** One answer of several providers, one decision at a time; every pair of schemas is in {@code ContinuedAnswersTest}. */
final class ContinuedAnswerTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final GatewayError CUT = GatewayError.of(Kind.TRUNCATED, "cut");
    private static final Translation CHAT =
            TranslationTable.between(ApiSchema.OPENAI_CHAT, ApiSchema.OPENAI_CHAT, 4096);
    private static final Translation MESSAGES =
            TranslationTable.between(ApiSchema.OPENAI_CHAT, ApiSchema.ANTHROPIC_MESSAGES, 4096);

    private final ContinuedAnswer answer =
            TranslationTable.continued(ApiSchema.OPENAI_CHAT, new AnswerInfo("alias", "ex", 1, true, null));
    private final ByteArrayOutputStream heard = new ByteArrayOutputStream();

    @Test
    void goesOnWithOneStartOneTextAndOneFinish() {
        TranslatingReader first = answer.begin(CHAT, "a/one");
        hear(first, delta("'role':'assistant','content':''"), delta("'content':'The water '"));
        assertThat(cut()).isEqualTo(new Possible("The water ", 3));

        TranslatingReader second = answer.goOn(CHAT, "b/two", CUT, Way.PREFILL);
        hear(second, delta("'role':'assistant','content':''"), delta("'content':' runs.'"), finish(), done());

        assertThat(content()).isEqualTo("The water runs.");
        assertThat(chunks().stream()
                        .filter(chunk -> chunk.at("/choices/0/delta").has("role")))
                .hasSize(1);
        assertThat(chunks().stream().map(chunk -> chunk.path("id").asText()).distinct())
                .hasSize(1);
        assertThat(answer.switches())
                .containsExactly(new Switchover("a/one", "b/two", "truncated", 10, Way.PREFILL, false));
    }

    @Test
    void tellsTheSwitchInTheEventThatEndsTheAnswer() {
        hear(answer.begin(CHAT, "a/one"), delta("'content':'The water'"));
        cut();
        hear(answer.goOn(CHAT, "b/two", CUT, Way.WORDS), delta("'content':' runs.'"), finish(), done());

        List<JsonNode> told =
                chunks().stream().filter(chunk -> chunk.has("penstock")).toList();
        assertThat(told).hasSize(1);
        assertThat(told.getFirst().at("/choices/0/finish_reason").asText()).isEqualTo("stop");
        assertThat(told.getFirst().path("penstock").toString())
                .isEqualTo("{\"continued\":[{\"from\":\"a/one\",\"to\":\"b/two\",\"cause\":\"truncated\",\"at\":9,"
                        + "\"way\":\"words\"}]}");
    }

    @Test
    void tellsNothingOfAnAnswerThatDidNotBreakOff() {
        hear(answer.begin(CHAT, "a/one"), delta("'content':'The water'"), finish(), done());

        assertThat(heard.toString(StandardCharsets.UTF_8)).doesNotContain("penstock\"");
    }

    @Test
    void leavesAttemptsThatSaidNothingOutOfTheSwitches() {
        hear(answer.begin(CHAT, "a/one"), delta("'content':'The water'"));
        cut();
        hear(answer.goOn(CHAT, "b/two", CUT, Way.PREFILL), delta("'role':'assistant','content':''"));
        cut();
        assertThat(answer.onCut(GatewayError.of(Kind.CONNECT_FAILED, "refused")))
                .isInstanceOf(Possible.class);
        GatewayError refused = GatewayError.of(Kind.CONNECT_FAILED, "refused");
        hear(answer.goOn(CHAT, "d/four", refused, Way.PREFILL), delta("'content':' runs.'"), finish(), done());

        assertThat(answer.switches())
                .containsExactly(new Switchover("a/one", "d/four", "connect_failed", 9, Way.PREFILL, false));
        assertThat(content()).isEqualTo("The water runs.");
    }

    @Test
    void startsAfreshWhereNothingHadBeenSaid() {
        hear(answer.begin(CHAT, "a/one"), delta("'role':'assistant','content':''"));
        assertThat(cut()).isEqualTo(new Possible("", 0));
        hear(
                answer.goOn(CHAT, "b/two", CUT, Way.ANEW),
                delta("'reasoning_content':'Hm.'"),
                delta("'content':'The water'"),
                finish(),
                done());

        assertThat(content()).isEqualTo("The water");
        assertThat(heard.toString(StandardCharsets.UTF_8)).contains("Hm.");
        assertThat(answer.switches()).isEmpty();
    }

    @Test
    void dropsWhatALaterProviderThinksBeforeItGoesOnAndSaysSo() {
        hear(answer.begin(CHAT, "a/one"), delta("'reasoning_content':'First.'"), delta("'content':'The water'"));
        cut();
        hear(
                answer.goOn(CHAT, "b/two", CUT, Way.WORDS),
                delta("'reasoning_content':'Second.'"),
                delta("'content':' runs.'"),
                finish(),
                done());

        assertThat(heard.toString(StandardCharsets.UTF_8))
                .contains("First.")
                .doesNotContain("Second.")
                .contains("\"reasoning_dropped\":true");
    }

    @Test
    void sumsTheOutputAndKeepsTheInputOfTheFirst() {
        hear(
                answer.begin(MESSAGES, "a/one"),
                named("message_start", "'message':{'id':'msg_1','usage':{'input_tokens':40,'output_tokens':1}}"),
                named("content_block_start", "'index':0,'content_block':{'type':'text','text':''}"),
                named("content_block_delta", "'index':0,'delta':{'type':'text_delta','text':'The water runs.'}"));
        cut();
        hear(answer.goOn(CHAT, "b/two", CUT, Way.WORDS), delta("'content':' Down.'"), finish(), usage(90, 3), done());

        JsonNode told = chunks().getLast().path("usage");
        assertThat(told.path("prompt_tokens").asInt()).isEqualTo(40);
        assertThat(told.path("completion_tokens").asInt())
                .as("15 bytes are 4 tokens")
                .isEqualTo(4 + 3);
    }

    @Test
    void takesTheAddedTextFromTheInputWhereTheFirstHadNotCounted() {
        hear(answer.begin(CHAT, "a/one"), delta("'content':'The water runs down.'"));
        cut();
        hear(answer.goOn(CHAT, "b/two", CUT, Way.PREFILL), delta("'content':' Up.'"), finish(), usage(90, 3), done());

        JsonNode told = chunks().getLast().path("usage");
        assertThat(told.path("prompt_tokens").asInt()).isEqualTo(90 - 5);
        assertThat(told.path("completion_tokens").asInt()).isEqualTo(5 + 3);
    }

    @Test
    void countsForEachAttemptWhatIsItsOwn() {
        TranslatingReader first = answer.begin(CHAT, "a/one");
        hear(first, delta("'content':'The water runs down.'"));
        cut();
        TranslatingReader second = answer.goOn(CHAT, "b/two", CUT, Way.PREFILL);
        hear(second, delta("'content':' Up.'"), finish(), usage(90, 3), done());

        assertThat(first.usage()).isNull();
        assertThat(first.contentBytes()).isEqualTo(20);
        assertThat(second.usage()).isNotNull();
        assertThat(second.usage().inputTokens()).isEqualTo(90);
        assertThat(second.usage().outputTokens()).isEqualTo(3);
    }

    @Test
    void countsThePlacesOfSourcesFromTheBeginningOfTheWholeText() {
        hear(answer.begin(CHAT, "a/one"), delta("'content':'The water '"));
        cut();
        hear(
                answer.goOn(CHAT, "b/two", CUT, Way.PREFILL),
                delta("'content':' runs.'"),
                delta("'annotations':[{'type':'url_citation','url_citation':{'url':'https://a.example','title':'A',"
                        + "'start_index':1,'end_index':5}}]"),
                finish(),
                done());

        JsonNode source = chunks().stream()
                .map(chunk -> chunk.at("/choices/0/delta/annotations/0/url_citation"))
                .filter(node -> !node.isMissingNode())
                .findFirst()
                .orElseThrow();
        assertThat(content()
                        .substring(
                                source.path("start_index").asInt(),
                                source.path("end_index").asInt()))
                .isEqualTo("runs");
    }

    @Test
    void joinsHalvesOfACharacterAndForgetsTheHalfThatWasCutOff() {
        hear(answer.begin(CHAT, "a/one"), delta("'content':'Up \\uD83D\\uDE00 \\uD83D'"));
        assertThat(cut()).isEqualTo(new Possible("Up 😀 ", 2));
        hear(answer.goOn(CHAT, "b/two", CUT, Way.WORDS), delta("'content':'😀.'"), finish(), done());

        assertThat(content()).isEqualTo("Up 😀 😀.");
    }

    @Test
    void givesUpOnAProviderThatTellsTheAnswerAnew() {
        String said = "The sluice opens at dawn. Then the water runs down to the turbine, and";
        hear(answer.begin(CHAT, "a/one"), delta("'content':'" + said + "'"));
        cut();
        TranslatingReader second = answer.goOn(CHAT, "b/two", CUT, Way.WORDS);
        int flags = read(second, delta("'content':'" + said.substring(0, 65) + " otherwise'"));

        assertThat(flags & EventReader.ERROR).isNotZero();
        assertThat(second.error().kind()).isEqualTo(Kind.INVALID_UPSTREAM);
        assertThat(answer.onCut(second.error())).isEqualTo(new Possible(said, 18 + 19));
        assertThat(content()).isEqualTo(said);
    }

    @Test
    void doesNotGoOnBehindAToolCall() {
        hear(
                answer.begin(CHAT, "a/one"),
                delta("'content':'Let me see.'"),
                delta("'tool_calls':[{'index':0,'id':'call_1','function':{'name':'look','arguments':'{}'}}]"));

        assertThat(cut()).isEqualTo(new Impossible(Obstacle.TOOL_CALL));
    }

    @Test
    void doesNotGoOnInARefusal() {
        hear(answer.begin(CHAT, "a/one"), delta("'refusal':'I can not'"));

        assertThat(cut()).isEqualTo(new Impossible(Obstacle.REFUSAL));
    }

    @Test
    void doesNotGoOnInReasoningSignedOrNot() {
        hear(answer.begin(CHAT, "a/one"), delta("'reasoning_content':'Hm'"));

        assertThat(cut()).isEqualTo(new Impossible(Obstacle.REASONING));
    }

    @Test
    void doesNotGoOnBehindAFinishReason() {
        hear(answer.begin(CHAT, "a/one"), delta("'content':'All.'"), finish());

        assertThat(cut()).isEqualTo(new Impossible(Obstacle.FINISHED));
    }

    @Test
    void doesNotGoOnBehindAnthropicsStopReason() {
        hear(
                answer.begin(MESSAGES, "a/one"),
                named("message_start", "'message':{'id':'msg_1'}"),
                named("content_block_delta", "'index':0,'delta':{'type':'text_delta','text':'All.'}"),
                named("message_delta", "'delta':{'stop_reason':'end_turn'},'usage':{'output_tokens':2}"));

        assertThat(cut()).isEqualTo(new Impossible(Obstacle.FINISHED));
    }

    @Test
    void doesNotGoOnAfterFailuresThatAnotherTargetWouldHaveToo() {
        for (Kind kind : List.of(
                Kind.TOTAL_TIMEOUT, Kind.RESPONSE_TOO_LARGE, Kind.CLIENT_GONE, Kind.SLOW_READER, Kind.DRAINING)) {
            assertThat(afterHello(GatewayError.of(kind, "x")))
                    .as(kind.label())
                    .isEqualTo(new Impossible(Obstacle.FAILURE));
        }
        GatewayError blocked = GatewayError.builder(Kind.PROVIDER_ERROR, "blocked")
                .retry(GatewayError.Retry.NEVER)
                .build();
        assertThat(afterHello(blocked)).isEqualTo(new Impossible(Obstacle.FAILURE));
    }

    @Test
    void goesOnAfterFailuresOfTheProvider() {
        for (Kind kind : List.of(Kind.TRUNCATED, Kind.IDLE_TIMEOUT, Kind.PROVIDER_ERROR, Kind.INVALID_UPSTREAM)) {
            assertThat(afterHello(GatewayError.of(kind, "x"))).as(kind.label()).isEqualTo(new Possible("Hello", 2));
        }
    }

    private static Continuation afterHello(GatewayError failure) {
        ContinuedAnswerTest fresh = new ContinuedAnswerTest();
        fresh.hear(fresh.answer.begin(CHAT, "a/one"), delta("'content':'Hello'"));
        return fresh.answer.onCut(failure);
    }

    @Test
    void goesOnAFewTimesAndNoMore() {
        hear(answer.begin(CHAT, "a/one"), delta("'content':'w0'"));
        for (int i = 1; i <= ContinuedAnswer.MOST_CUTS; i++) {
            assertThat(cut()).isInstanceOf(Possible.class);
            hear(answer.goOn(CHAT, "b/two", CUT, Way.PREFILL), delta("'content':' w" + i + "'"));
        }

        assertThat(cut()).isEqualTo(new Impossible(Obstacle.TOO_MANY));
        assertThat(content()).isEqualTo("w0 w1 w2 w3 w4");
    }

    @Test
    void keepsNoMoreTextThanItMay() {
        TranslatingReader first = answer.begin(CHAT, "a/one");
        String piece = delta("'content':'" + "x".repeat(1 << 16) + "'");
        hear(first, piece, piece, piece, piece, delta("'content':'y'"));

        assertThat(cut()).isEqualTo(new Impossible(Obstacle.TOO_LONG));
    }

    // ---- given

    private Continuation cut() {
        return answer.onCut(CUT);
    }

    private void hear(TranslatingReader reader, String... events) {
        for (String event : events) {
            assertThat(read(reader, event) & (EventReader.ERROR | EventReader.MALFORMED))
                    .isZero();
        }
    }

    private int read(TranslatingReader reader, String event) {
        byte[] bytes = event.getBytes(StandardCharsets.UTF_8);
        int flags = reader.read(bytes, 0, bytes.length);
        heard.writeBytes(reader.take());
        return flags;
    }

    private List<JsonNode> chunks() {
        return SseEvents.parse(heard.toByteArray()).data().stream()
                .filter(data -> !data.equals("[DONE]"))
                .map(ContinuedAnswerTest::tree)
                .toList();
    }

    private String content() {
        StringBuilder text = new StringBuilder();
        chunks().forEach(chunk ->
                text.append(chunk.at("/choices/0/delta/content").asText("")));
        return text.toString();
    }

    private static JsonNode tree(String json) {
        try {
            return JSON.readTree(json);
        } catch (java.io.IOException e) {
            throw new AssertionError(json, e);
        }
    }

    private static String delta(String members) {
        return chunk("'choices':[{'index':0,'delta':{" + members + "},'finish_reason':null}]");
    }

    private static String finish() {
        return chunk("'choices':[{'index':0,'delta':{},'finish_reason':'stop'}]");
    }

    private static String usage(int input, int output) {
        return chunk("'choices':[],'usage':{'prompt_tokens':" + input + ",'completion_tokens':" + output + "}");
    }

    private static String done() {
        return "data: [DONE]\n\n";
    }

    private static String chunk(String members) {
        return ("data: {'id':'c','object':'chat.completion.chunk','created':1,'model':'m'," + members + "}\n\n")
                .replace('\'', '"');
    }

    private static String named(String type, String members) {
        return ("event: " + type + "\ndata: {'type':'" + type + "'," + members + "}\n\n").replace('\'', '"');
    }
}
