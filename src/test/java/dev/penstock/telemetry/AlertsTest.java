// SPDX-License-Identifier: Apache-2.0
package dev.penstock.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.accounting.AttemptRecord.Why;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.Outcome;
import dev.penstock.exchange.Target;
import dev.penstock.kit.time.ManualTime;
import dev.penstock.resilience.BreakerState;
import dev.penstock.telemetry.Alerts.Alert;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.Logger;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Property;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a person hears of at once, and what a counter keeps. */
final class AlertsTest {

    private static final Target STATIC = new Target("static", "busy");

    private final ManualTime time = new ManualTime();
    private final List<Alert> counted = new ArrayList<>();
    private final Alerts alerts = new Alerts(time, counted::add);
    private final Lines lines = new Lines();
    private final Logger logger = (Logger) LogManager.getLogger(Alerts.class);

    @BeforeEach
    void listen() {
        lines.start();
        logger.addAppender(lines);
    }

    @AfterEach
    void stop() {
        logger.removeAppender(lines);
    }

    @Test
    void aDegradedAnswerSaysWhichModelAndWhatWentBefore() {
        alerts.settled(Endings.after(
                "chat",
                STATIC,
                Outcome.DEGRADED,
                null,
                List.of(
                        Endings.attempt(Endings.GPT, Why.FIRST, Kind.CONNECT_FAILED),
                        Endings.attempt(STATIC, Why.FALLBACK, null))));

        assertThat(lines.heard)
                .containsExactly(
                        "WARN degraded_answer chat 0: alert degraded_answer: model chat was answered by static/busy"
                                + " because of: openai/gpt-4o connect_failed");
    }

    @Test
    void anErrorAfterSeveralTargetsIsOneAndAnErrorOfASingleTargetIsNot() {
        alerts.settled(Endings.after(
                "chat",
                Endings.SECOND,
                Outcome.UPSTREAM_ERROR,
                Kind.PROVIDER_ERROR,
                List.of(
                        Endings.attempt(Endings.GPT, Why.FIRST, Kind.FIRST_TOKEN_TIMEOUT),
                        Endings.attempt(Endings.SECOND, Why.FALLBACK, Kind.PROVIDER_ERROR))));
        alerts.settled(Endings.failed("other", Endings.GPT, Outcome.UPSTREAM_ERROR, Kind.PROVIDER_ERROR));

        assertThat(lines.heard)
                .containsExactly(
                        "ERROR no_target_answered chat 0: alert no_target_answered: no target of model chat could"
                                + " answer: openai/gpt-4o first_token_timeout, azure/gpt-4o provider_error");
    }

    @Test
    void theSameAboutTheSameSpeaksOnceAMinuteAndSaysHowMuchItKeptBack() {
        for (int i = 0; i < 5; i++) {
            alerts.raise(Alert.TARGET_DOWN, "openai/gpt-4o", "down");
        }
        alerts.raise(Alert.TARGET_DOWN, "azure/gpt-4o", "down");
        time.advance(Duration.ofMinutes(1));
        alerts.raise(Alert.TARGET_DOWN, "openai/gpt-4o", "down");

        assertThat(lines.heard)
                .containsExactly(
                        "ERROR target_down openai/gpt-4o 0: alert target_down: down",
                        "ERROR target_down azure/gpt-4o 0: alert target_down: down",
                        "ERROR target_down openai/gpt-4o 4: alert target_down: down");
        assertThat(counted).hasSize(7);
    }

    @Test
    void namesThatCallersMakeUpShareOneVoice() {
        for (int i = 0; i < 1_500; i++) {
            alerts.raise(Alert.DEGRADED_ANSWER, "made-up-" + i, "degraded");
        }

        assertThat(lines.heard).hasSize(1_001);
        assertThat(counted).hasSize(1_500);
    }

    @Test
    void aBreakerThatOpensAndClosesIsHeardOfAndOneThatIsProbedIsNot() {
        BreakerNews news = new BreakerNews(new Metrics("1", "c"), alerts);

        news.changed(Endings.GPT, "openai/gpt-4o", BreakerState.CLOSED, BreakerState.OPEN, "5 failures in a row");
        news.changed(Endings.GPT, "openai/gpt-4o", BreakerState.OPEN, BreakerState.HALF_OPEN, "probing");
        news.changed(Endings.GPT, "openai/gpt-4o", BreakerState.HALF_OPEN, BreakerState.OPEN, "a probe failed");
        news.changed(Endings.GPT, "openai/gpt-4o", BreakerState.HALF_OPEN, BreakerState.CLOSED, "3 probes in a row");

        assertThat(counted).containsExactly(Alert.TARGET_DOWN, Alert.TARGET_UP);
    }

    /** What was logged, with its labels. */
    private static final class Lines extends AbstractAppender {

        private final List<String> heard = new ArrayList<>();

        Lines() {
            super("heard", null, null, true, Property.EMPTY_ARRAY);
        }

        @Override
        public void append(LogEvent event) {
            var labels = event.getContextData();
            heard.add(event.getLevel() + " " + labels.getValue("alert") + " " + labels.getValue("about") + " "
                    + labels.getValue("kept_back") + ": " + event.getMessage().getFormattedMessage());
        }
    }
}
