// SPDX-License-Identifier: Apache-2.0
package dev.penstock.provider;

import dev.penstock.config.StaticAnswer;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.Ticker;
import dev.penstock.exchange.Timers;
import dev.penstock.exchange.Usage;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Fixed answers from the configuration: what a product says when no model can. No token was spent, and the usage says so. */
final class StaticProvider implements Provider {

    private final Map<String, StaticAnswer> answers;
    private final Timers timers;
    private final Ticker ticker;

    StaticProvider(Map<String, StaticAnswer> answers, Timers timers, Ticker ticker) {
        this.answers = answers;
        this.timers = timers;
        this.ticker = ticker;
    }

    @Override
    public void call(ProviderCall call) {
        ProviderCall.Request request = call.request();
        StaticAnswer answer = answers.get(request.target().model());
        if (answer == null) {
            call.fail(GatewayError.of(Kind.CONNECT_FAILED, "This fixed answer has been removed."));
            return;
        }
        call.connected();
        call.sent();
        OwnAnswer own = new OwnAnswer(
                "chatcmpl-static",
                ticker.now().getEpochSecond(),
                request.target().toString(),
                List.of(answer.text()),
                OwnAnswer.STOP,
                Usage.reported(0, 0, 0, 0));
        call.reply(own.reply(request.stream(), Duration.ZERO, timers));
    }
}
