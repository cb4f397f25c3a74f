// SPDX-License-Identifier: Apache-2.0
package dev.penstock.provider;

import dev.penstock.exchange.Ticker;
import dev.penstock.exchange.Timers;
import dev.penstock.exchange.Usage;
import dev.penstock.schema.openai.TokenEstimate;
import java.time.Duration;
import java.util.List;

/**
 * A model without a model: the same labelled answer every time, token by token at a set pace, so that a first run, a test and a
 * client under development need neither key nor network. It ends early where the caller wants fewer tokens.
 */
final class DemoProvider implements Provider {

    private static final List<String> TOKENS =
            words("[demo] Hello from Penstock. This answer was made by the built-in demo"
                    + " model, not by a language model. It streams one word at a time, reports its usage and ends like a real one."
                    + " Set a provider's key, such as OPENAI_API_KEY, and its models appear beside it.");

    private final Duration gap;
    private final Timers timers;
    private final Ticker ticker;

    DemoProvider(Duration gap, Timers timers, Ticker ticker) {
        this.gap = gap;
        this.timers = timers;
        this.ticker = ticker;
    }

    @Override
    public void call(ProviderCall call) {
        ProviderCall.Request request = call.request();
        call.connected();
        call.sent();
        long most = request.facts().maxTokens();
        boolean cut = most > 0 && most < TOKENS.size();
        List<String> said = cut ? TOKENS.subList(0, (int) most) : TOKENS;
        OwnAnswer answer = new OwnAnswer(
                "chatcmpl-demo",
                ticker.now().getEpochSecond(),
                request.target().model(),
                said,
                cut ? OwnAnswer.LENGTH : OwnAnswer.STOP,
                Usage.reported(TokenEstimate.tokens(request.promptBytes()), 0, said.size(), 0));
        call.reply(answer.reply(request.stream(), gap, timers));
    }

    /** Splits before each space, so that the pieces join to the text again. */
    private static List<String> words(String text) {
        return List.of(text.split("(?= )"));
    }
}
