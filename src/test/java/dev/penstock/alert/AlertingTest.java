// SPDX-License-Identifier: Apache-2.0
package dev.penstock.alert;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.AlertCondition;
import dev.penstock.config.AlertCondition.Signal;
import dev.penstock.config.AlertReceiver;
import dev.penstock.config.AlertReceiver.Type;
import dev.penstock.config.AlertRule;
import dev.penstock.config.AlertRule.Severity;
import dev.penstock.config.AlertsConfig;
import dev.penstock.config.Secret;
import dev.penstock.kit.NoticeReceiver;
import dev.penstock.kit.NoticeReceiver.Heard;
import dev.penstock.kit.time.ManualTime;
import dev.penstock.sidecall.SideCalls;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class AlertingTest {

    private static final String KEY = "R0UT1NGKEY-of-somebody";

    private final Vertx vertx = Vertx.vertx();
    private final Context loop = vertx.getOrCreateContext();
    private final ManualTime time = new ManualTime();
    private final NoticeReceiver receiver = NoticeReceiver.open();
    private final Set<String> down = ConcurrentHashMap.newKeySet();
    private final Map<String, Duration> behind = new ConcurrentHashMap<>();
    private final Map<String, Double> budgets = new ConcurrentHashMap<>();
    private final AtomicInteger lost = new AtomicInteger();
    private final AtomicInteger failed = new AtomicInteger();
    private final AtomicInteger sent = new AtomicInteger();
    private Alerting alerting;

    @AfterEach
    void end() {
        onLoop(() -> alerting.close());
        receiver.close();
        vertx.close()
                .toCompletionStage()
                .toCompletableFuture()
                .orTimeout(20, TimeUnit.SECONDS)
                .join();
    }

    @Test
    void anAlertBeginsWhenItsRuleHasHeldForLongEnoughAndEndsWhenItHasBeenCalmForHalfAMinute() {
        open(to(Type.PAGERDUTY));
        down.add("openai");

        advance(60);
        assertThat(receiver.heard()).isEmpty();
        advance(2);
        awaitHeard(1);
        Heard began = receiver.heard().getFirst();
        assertThat(began.path()).isEqualTo("/v2/enqueue");
        JsonObject event = began.json();
        assertThat(event.getString("routing_key")).isEqualTo(KEY);
        assertThat(event.getString("event_action")).isEqualTo("trigger");
        assertThat(event.getString("dedup_key")).isEqualTo("penstock/provider_down/openai");
        assertThat(event.getJsonObject("payload").getString("severity")).isEqualTo("critical");
        assertThat(event.getJsonObject("payload").getString("source")).isEqualTo("node-1");
        assertThat(event.getJsonObject("payload").getString("summary")).contains("openai: breaker.open > 1m");

        down.clear();
        advance(29);
        assertThat(receiver.heard()).hasSize(1);
        advance(3);
        awaitHeard(2);
        assertThat(receiver.heard().getLast().json().getString("event_action")).isEqualTo("resolve");
        assertThat(receiver.heard().getLast().json().getString("dedup_key")).isEqualTo(event.getString("dedup_key"));
    }

    @Test
    void whatComesAndGoesIsOneAlert() {
        open(to(Type.PAGERDUTY));
        down.add("openai");
        advance(62);
        awaitHeard(1);
        for (int i = 0; i < 20; i++) {
            down.clear();
            advance(5);
            down.add("openai");
            advance(5);
        }
        assertThat(receiver.heard()).hasSize(1);
        assertThat(on()).hasSize(1);
    }

    @Test
    void whatWasTrueForAMomentOnlyIsNoAlertAndDoesNotCountForTheNextTime() {
        open(to(Type.PAGERDUTY));
        for (int i = 0; i < 5; i++) {
            down.add("openai");
            advance(50);
            down.clear();
            advance(2);
        }
        assertThat(receiver.heard()).isEmpty();
        assertThat(on()).isEmpty();
    }

    @Test
    void aShareSpeaksAtOnceAndSaysHowMuch() {
        open(to(Type.SLACK));
        budgets.put("tenant acme <month>", 0.79);
        advance(3);
        assertThat(receiver.heard()).isEmpty();
        budgets.put("tenant acme <month>", 0.8);
        advance(2);
        awaitHeard(1);
        assertThat(receiver.heard().getFirst().json().getString("text"))
                .isEqualTo("[warning] budget: tenant acme &lt;month&gt;: budget.used &gt;= 80% (80 %) (node-1)");
    }

    @Test
    void anAgeSpeaksAsSoonAsItIsTooOldHoweverShortlyItWasSeen() {
        open(to(Type.SLACK));
        behind.put("", Duration.ofMinutes(5));
        advance(400);
        assertThat(receiver.heard()).isEmpty();
        behind.put("", Duration.ofSeconds(301));
        advance(2);
        awaitHeard(1);
        assertThat(receiver.heard().getFirst().json().getString("text"))
                .isEqualTo("[warning] ledger_behind: ledger.behind &gt; 5m (for 301 s) (node-1)");
        behind.put("", Duration.ZERO);
        advance(31);
        assertThat(on()).isEmpty();
    }

    @Test
    void eachReceiverHearsOnlyOfWhatMattersToIt() {
        AlertReceiver critical =
                new AlertReceiver(Type.PAGERDUTY, receiver.url(), Secret.of(KEY), EnumSet.of(Severity.CRITICAL));
        open(critical, to(Type.ALERTMANAGER));
        budgets.put("tenant acme", 0.9);
        advance(2);
        awaitHeard(1);
        assertThat(receiver.heard()).singleElement().satisfies(one -> {
            assertThat(one.path()).isEqualTo("/api/v2/alerts");
            JsonObject alert = one.list().getJsonObject(0);
            assertThat(alert.getJsonObject("labels"))
                    .isEqualTo(new JsonObject()
                            .put("alertname", "budget")
                            .put("severity", "warning")
                            .put("service", "penstock")
                            .put("subject", "tenant acme"));
            assertThat(alert.getString("startsAt")).startsWith("2026-01-01T00:00:0");
            assertThat(alert.containsKey("endsAt")).isFalse();
        });
    }

    @Test
    void alertmanagerIsToldAgainEveryMinuteSoThatItDoesNotTakeSilenceForAnEnd() {
        open(to(Type.ALERTMANAGER));
        budgets.put("tenant acme", 0.9);
        advance(2);
        awaitHeard(1);
        advance(61);
        awaitHeard(2);
        budgets.clear();
        advance(31);
        awaitHeard(3);
        assertThat(receiver.heard().getLast().list().getJsonObject(0).getString("endsAt"))
                .isNotNull();
    }

    @Test
    void aRuleWithAThousandAlertsKeepsNoOtherRuleSilent() {
        open(to(Type.WEBHOOK));
        for (int i = 0; i < 1_100; i++) {
            budgets.put("user " + i, 0.9);
        }
        advance(3);
        assertThat(on().size()).isEqualTo(1_000);
        down.add("openai");
        advance(65);
        assertThat(on().size()).isEqualTo(1_001);
    }

    @Test
    void whatWasOnBeforeNobodyWasToBeToldIsJudgedAnewAfterwards() {
        open(to(Type.PAGERDUTY));
        down.add("openai");
        advance(30);
        onLoop(() -> alerting.use(config()));
        advance(600);
        assertThat(on()).isEmpty();
        onLoop(() -> alerting.use(config(to(Type.PAGERDUTY))));
        advance(10);
        assertThat(on()).isEmpty();
        assertThat(receiver.heard()).isEmpty();
    }

    @Test
    void aReceiverThatIsAwayHearsTheNewestWordWhenItIsBack() {
        receiver.answerWith(503);
        open(to(Type.OPSGENIE));
        budgets.put("tenant acme", 0.9);
        advance(2);
        awaitHeard(1);
        await(() -> failed.get() == 1);
        advance(1);
        awaitHeard(2);
        await(() -> failed.get() == 2);
        receiver.answerWith(202);
        advance(2);
        awaitHeard(3);
        Heard told = receiver.heard().getLast();
        assertThat(told.authorization()).isEqualTo("GenieKey " + KEY);
        assertThat(told.path()).isEqualTo("/v2/alerts");
        assertThat(told.json().getString("alias")).isEqualTo("penstock/budget/tenant acme");
        assertThat(told.json().getString("priority")).isEqualTo("P3");

        budgets.clear();
        advance(31);
        awaitHeard(4);
        assertThat(receiver.heard().getLast().path())
                .isEqualTo("/v2/alerts/penstock%2Fbudget%2Ftenant%20acme/close?identifierType=alias");
        assertThat(lost).hasValue(0);
    }

    @Test
    void whatIsOverBeforeAnybodyHeardOfItIsForgotten() {
        receiver.answerWith(500);
        open(to(Type.PAGERDUTY));
        budgets.put("tenant acme", 0.9);
        advance(2);
        awaitHeard(1);
        await(() -> failed.get() == 1);
        budgets.clear();
        for (int i = 0; i < 12; i++) {
            int before = failed.get();
            int heard = receiver.heard().size();
            advance(3);
            await(() -> receiver.heard().size() == heard || failed.get() > before);
        }
        await(() -> onLoop(alerting::waiting) == 0);
        receiver.answerWith(202);
        int before = receiver.heard().size();
        advance(120);
        assertThat(receiver.heard()).hasSize(before);
    }

    @Test
    void whatAReceiverRefusesIsNotSaidAgain() {
        receiver.answerWith(400);
        open(to(Type.PAGERDUTY));
        budgets.put("tenant acme", 0.9);
        advance(2);
        await(() -> lost.get() == 1);
        advance(120);
        assertThat(receiver.heard()).hasSize(1);
    }

    @Test
    void aStormIsToldInTurnsAndAReceiverOfManyHearsItInOneRequest() {
        NoticeReceiver many = NoticeReceiver.open();
        try (many) {
            open(to(Type.PAGERDUTY), new AlertReceiver(Type.ALERTMANAGER, many.url(), null, all()));
            for (int i = 0; i < 50; i++) {
                budgets.put("tenant " + i, 0.9);
            }
            advance(2);
            awaitHeard(Outbox.PER_MINUTE);
            await(() -> many.heard().stream().mapToInt(one -> one.list().size()).sum() == 50);
            assertThat(many.heard()).hasSizeLessThanOrEqualTo(2);
            assertThat(receiver.heard()).hasSize(Outbox.PER_MINUTE);
            advance(60);
            awaitHeard(2 * Outbox.PER_MINUTE);
            advance(60);
            awaitHeard(50);
            Set<String> keys = new HashSet<>();
            receiver.heard().forEach(one -> keys.add(one.json().getString("dedup_key")));
            assertThat(keys).hasSize(50);
        }
    }

    @Test
    void whatIsCriticalDoesNotStandInLineBehindAThousandWarnings() {
        open(to(Type.PAGERDUTY));
        for (int i = 0; i < 1_000; i++) {
            budgets.put("user " + i, 0.9);
        }
        advance(2);
        awaitHeard(Outbox.PER_MINUTE);
        for (int i = 1_000; i < 1_100; i++) {
            budgets.put("user " + i, 0.9);
        }
        down.add("openai");
        advance(65);
        awaitHeard(2 * Outbox.PER_MINUTE);
        advance(62);
        awaitHeard(3 * Outbox.PER_MINUTE);
        assertThat(receiver.heard().stream().map(one -> one.json().getString("dedup_key")))
                .contains("penstock/provider_down/openai");
    }

    @Test
    void aWebhookIsSignedOverItsTimeAndItsBody() throws Exception {
        open(to(Type.WEBHOOK));
        budgets.put("tenant acme", 0.9);
        advance(2);
        awaitHeard(1);
        Heard one = receiver.heard().getFirst();
        assertThat(one.json().getString("version")).isEqualTo("4");
        assertThat(one.json().getString("status")).isEqualTo("firing");
        assertThat(one.json().getJsonArray("alerts").getJsonObject(0).getString("status"))
                .isEqualTo("firing");
        String[] parts = one.signature().split("t=|,v1=");
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(KEY.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        String expected =
                HexFormat.of().formatHex(mac.doFinal((parts[1] + "." + one.body()).getBytes(StandardCharsets.UTF_8)));
        assertThat(parts[2]).isEqualTo(expected);
        assertThat(one.body()).doesNotContain(KEY);
    }

    @Test
    void aNewReceiverHearsOfWhatIsOnAndOneThatStaysHearsNothingTwice() {
        AlertReceiver first = to(Type.PAGERDUTY);
        open(first);
        budgets.put("tenant acme", 0.9);
        advance(2);
        awaitHeard(1);
        NoticeReceiver other = NoticeReceiver.open();
        try (other) {
            onLoop(() -> alerting.use(
                    config(first, new AlertReceiver(Type.SLACK, null, Secret.of(other.url() + "/hook"), all()))));
            await(() -> other.heard().size() == 1);
            assertThat(other.heard().getFirst().path()).isEqualTo("/hook");
            advance(30);
            assertThat(receiver.heard()).hasSize(1);
        }
    }

    @Test
    void aTestGoesToEveryoneAndSaysWhatCameOfIt() {
        open(to(Type.PAGERDUTY), new AlertReceiver(Type.WEBHOOK, URI.create("http://127.0.0.1:1/x"), null, all()));
        List<Alerting.Tested> tested = onLoop(alerting::test)
                .toCompletionStage()
                .toCompletableFuture()
                .orTimeout(20, TimeUnit.SECONDS)
                .join();
        assertThat(tested)
                .containsExactly(
                        new Alerting.Tested(Type.PAGERDUTY, true, "status 202"),
                        new Alerting.Tested(Type.WEBHOOK, false, "no answer"));
        advance(1);
        await(() -> receiver.heard().size() == 2);
        assertThat(receiver.heard().getLast().json().getString("event_action")).isEqualTo("resolve");
    }

    private static Set<Severity> all() {
        return EnumSet.allOf(Severity.class);
    }

    private AlertReceiver to(Type type) {
        Secret secret = type == Type.SLACK ? Secret.of(receiver.url() + "/services/T0/B0/x") : Secret.of(KEY);
        return new AlertReceiver(type, receiver.url(), secret, all());
    }

    private static AlertsConfig config(AlertReceiver... to) {
        return new AlertsConfig(
                List.of(to),
                List.of(
                        new AlertRule(
                                "provider_down",
                                new AlertCondition(Signal.BREAKER_OPEN, false, Duration.ofMinutes(1), 0),
                                Severity.CRITICAL),
                        new AlertRule(
                                "ledger_behind",
                                new AlertCondition(Signal.LEDGER_BEHIND, false, Duration.ofMinutes(5), 0),
                                Severity.WARNING),
                        new AlertRule(
                                "budget",
                                new AlertCondition(Signal.BUDGET_USED, true, Duration.ZERO, 0.8),
                                Severity.WARNING)));
    }

    private void open(AlertReceiver... to) {
        AlertSignals signals = new AlertSignals() {
            @Override
            public Set<String> now(Signal signal) {
                return signal == Signal.BREAKER_OPEN ? Set.copyOf(down) : Set.of();
            }

            @Override
            public Map<String, Duration> ages(Signal signal) {
                return signal == Signal.LEDGER_BEHIND ? Map.copyOf(behind) : Map.of();
            }

            @Override
            public Map<String, Double> shares(Signal signal) {
                return signal == Signal.BUDGET_USED ? new HashMap<>(budgets) : Map.of();
            }
        };
        AlertingListener listener = new AlertingListener() {
            @Override
            public void sent(Type type) {
                sent.incrementAndGet();
            }

            @Override
            public void failed(Type type) {
                failed.incrementAndGet();
            }

            @Override
            public void lost(Type type) {
                lost.incrementAndGet();
            }
        };
        onLoop(() -> {
            alerting = new Alerting(config(to), signals, SideCalls.over(vertx), time, time, "node-1", listener);
            alerting.start();
        });
    }

    private List<Notice> on() {
        return onLoop(alerting::on);
    }

    private void advance(int seconds) {
        for (int i = 0; i < seconds; i++) {
            onLoop(() -> time.advance(Duration.ofSeconds(1)));
        }
    }

    private void awaitHeard(int number) {
        await(() -> receiver.heard().size() >= number);
        assertThat(receiver.heard()).hasSize(number);
        // The next step begins when the answer is back.
        await(() -> sent.get() + failed.get() + lost.get() >= number);
    }

    private static void await(BooleanSupplier holds) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!holds.getAsBoolean()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    private void onLoop(Runnable task) {
        onLoop(() -> {
            task.run();
            return true;
        });
    }

    private <T> T onLoop(java.util.function.Supplier<T> task) {
        CompletableFuture<T> done = new CompletableFuture<>();
        loop.runOnContext(go -> {
            try {
                done.complete(task.get());
            } catch (Throwable e) {
                done.completeExceptionally(e);
            }
        });
        return done.orTimeout(20, TimeUnit.SECONDS).join();
    }
}
