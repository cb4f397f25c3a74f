// SPDX-License-Identifier: Apache-2.0
package dev.penstock.provider;

import dev.penstock.config.AnswerRules;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.GatewayError.Retry;
import dev.penstock.exchange.Ticker;
import dev.penstock.exchange.Timers;
import dev.penstock.exchange.Usage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Answers by rules from the configuration: the same request gets the same answer, no token is spent, and the usage says so. When
 * no rule is for a request, the attempt fails and another target may answer; that says nothing about this one.
 */
final class RulesProvider implements Provider {

    /** About as much as a model says at a time. */
    private static final int PIECE = 24;

    private final Map<String, AnswerRules> lists;
    private final Timers timers;
    private final Ticker ticker;

    RulesProvider(Map<String, AnswerRules> lists, Timers timers, Ticker ticker) {
        this.lists = lists;
        this.timers = timers;
        this.ticker = ticker;
    }

    @Override
    public void call(ProviderCall call) {
        ProviderCall.Request request = call.request();
        AnswerRules rules = lists.get(request.target().model());
        if (rules == null) {
            call.fail(GatewayError.of(Kind.CONNECT_FAILED, "These rules have been removed."));
            return;
        }
        String answer = rules.answer(request.facts());
        if (answer == null) {
            call.fail(GatewayError.builder(Kind.OVERLOADED, "No rule of \"" + rules.name() + "\" answers this request.")
                    .code("no_rule_matched")
                    .retry(Retry.ONLY_OTHER_TARGET)
                    .build());
            return;
        }
        call.connected();
        call.sent();
        OwnAnswer own = new OwnAnswer(
                "chatcmpl-rules",
                ticker.now().getEpochSecond(),
                request.target().toString(),
                pieces(answer),
                OwnAnswer.STOP,
                Usage.reported(0, 0, 0, 0));
        call.reply(own.reply(request.stream(), Duration.ZERO, timers));
    }

    /** Cut before blanks, so that the pieces join to the text again and no character is torn. */
    static List<String> pieces(String text) {
        List<String> pieces = new ArrayList<>();
        int from = 0;
        for (int blank = text.indexOf(' ', PIECE); blank >= 0; blank = text.indexOf(' ', from + PIECE)) {
            pieces.add(text.substring(from, blank));
            from = blank;
        }
        pieces.add(text.substring(from));
        return pieces;
    }
}
