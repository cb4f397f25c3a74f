// SPDX-License-Identifier: Apache-2.0
package dev.penstock.provider;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.config.AnswerRules;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.GatewayError.Retry;
import dev.penstock.exchange.RequestFacts;
import dev.penstock.exchange.Target;
import dev.penstock.kit.SseEvents;
import dev.penstock.kit.time.ManualTime;
import dev.penstock.policy.Conditions;
import dev.penstock.policy.Facts;
import dev.penstock.policy.Template;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class RulesProviderTest implements ProviderCall.Listener {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final List<String> heard = new ArrayList<>();
    private final Buffer body = Buffer.buffer();
    private ProviderReply reply;
    private GatewayError error;

    @Override
    public void connected() {
        heard.add("connected");
    }

    @Override
    public void sent() {
        heard.add("sent");
    }

    @Override
    public void replied(ProviderReply answered) {
        heard.add("replied");
        reply = answered;
        answered.body().handler(body::appendBuffer);
        answered.body().endHandler(end -> heard.add("ended"));
        answered.body().resume();
    }

    @Override
    public void failed(GatewayError why) {
        heard.add("failed");
        error = why;
    }

    @Test
    void answersByTheFirstRuleThatIsTrueAsOneCompletion() throws Exception {
        call("helpdesk", false, Facts.of("request.text", "A refund for {{request.model}}, \"now\""));

        JsonNode answer = JSON.readTree(body.getBytes());
        assertThat(heard).containsExactly("connected", "sent", "replied", "ended");
        assertThat(answer.at("/choices/0/message/content").asText())
                .isEqualTo("You wrote: A refund for {{request.model}}, \"now\"");
        assertThat(answer.at("/choices/0/finish_reason").asText()).isEqualTo("stop");
        assertThat(answer.at("/model").asText()).isEqualTo("rules/helpdesk");
        assertThat(answer.at("/usage/total_tokens").asInt(-1)).isZero();
    }

    @Test
    void streamsInPiecesThatJoinToTheAnswer() throws Exception {
        call("helpdesk", true, Facts.of("request.tools", true));

        SseEvents events = SseEvents.parse(body.getBytes());
        StringBuilder text = new StringBuilder();
        int pieces = 0;
        for (String data : events.data()) {
            if (!data.equals("[DONE]")) {
                String piece =
                        JSON.readTree(data).at("/choices/0/delta/content").asText("");
                text.append(piece);
                pieces += piece.isEmpty() ? 0 : 1;
            }
        }
        assertThat(reply.contentType()).startsWith("text/event-stream");
        assertThat(events.done()).isTrue();
        assertThat(text).hasToString("Tools are out of order at the moment; please ask without them in some minutes.");
        assertThat(pieces).isGreaterThan(2);
    }

    @Test
    void theSameRequestGetsTheSameAnswer() {
        call("helpdesk", true, Facts.of("request.tools", true));
        Buffer first = body.copy();
        call("helpdesk", true, Facts.of("request.tools", true));

        assertThat(body.slice(first.length(), body.length())).isEqualTo(first);
    }

    @Test
    void whereNoRuleAnswersAnotherTargetMay() {
        call("helpdesk", false, new Facts());

        assertThat(heard).containsExactly("failed");
        assertThat(error.kind()).isEqualTo(Kind.OVERLOADED);
        assertThat(error.retry()).isEqualTo(Retry.ONLY_OTHER_TARGET);
        assertThat(error.status()).isEqualTo(503);
        assertThat(error.code()).isEqualTo("no_rule_matched");
        assertThat(error).hasMessage("No rule of \"helpdesk\" answers this request.");
    }

    @Test
    void rulesThatAReloadRemovedAreAFailedConnection() {
        call("gone", false, new Facts());

        assertThat(error.kind()).isEqualTo(Kind.CONNECT_FAILED);
    }

    @Test
    void piecesJoinToTheTextWhateverItIs() {
        String words = "one two three four five six seven eight nine ten ".repeat(3);
        for (String text :
                List.of("", " ", "word", words, "  " + words + "  ", "🙂".repeat(60), "🙂 ".repeat(60), "a\n\nb ")) {
            assertThat(String.join("", RulesProvider.pieces(text))).isEqualTo(text);
        }
        assertThat(RulesProvider.pieces(words)).hasSizeBetween(4, 7);
    }

    private void call(String rules, boolean stream, RequestFacts facts) {
        ProviderCall.Request request = new ProviderCall.Request(
                new Target("rules", rules),
                ApiSchema.OPENAI_CHAT,
                stream,
                List.of(),
                0,
                MultiMap.caseInsensitiveMultiMap(),
                0,
                facts);
        ManualTime time = new ManualTime();
        new RulesProvider(Map.of("helpdesk", helpdesk()), time, time).call(new ProviderCall(request, this));
    }

    private static AnswerRules helpdesk() {
        try {
            Conditions conditions = new Conditions();
            return new AnswerRules(
                    "helpdesk",
                    List.of(
                            new AnswerRules.Rule(
                                    conditions.compile("request.text.contains('refund')"),
                                    Template.compile("You wrote: {{request.text}}")),
                            new AnswerRules.Rule(
                                    conditions.compile("request.tools"),
                                    Template.compile(
                                            "Tools are out of order at the moment; please ask without them in some minutes."))));
        } catch (dev.penstock.policy.PolicyException e) {
            throw new AssertionError(e);
        }
    }
}
