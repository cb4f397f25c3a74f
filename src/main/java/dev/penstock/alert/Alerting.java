// SPDX-License-Identifier: Apache-2.0
package dev.penstock.alert;

import dev.penstock.config.AlertReceiver;
import dev.penstock.config.AlertRule.Severity;
import dev.penstock.config.AlertsConfig;
import dev.penstock.exchange.Ticker;
import dev.penstock.exchange.Timers;
import dev.penstock.sidecall.SideCalls;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The alerts of one node. All of it happens on one event loop; without receivers nothing is looked at. */
public final class Alerting implements AutoCloseable {

    private static final Duration EACH = Duration.ofSeconds(1);
    private static final Duration CLOSING = Duration.ofMillis(200);

    private final Watch watch;
    private final SideCalls calls;
    private final Ticker ticker;
    private final Timers timers;
    private final String node;
    private final AlertingListener listener;
    private final List<Outbox> outboxes = new ArrayList<>();
    private Timers.@Nullable Timer timer;
    private AlertsConfig config;

    /**
     * Nobody is told anything yet.
     *
     * @param calls of the same event loop
     * @param node name of this one
     */
    public Alerting(
            AlertsConfig config,
            AlertSignals signals,
            SideCalls calls,
            Ticker ticker,
            Timers timers,
            String node,
            AlertingListener listener) {
        this.config = config;
        this.watch = new Watch(config.rules(), signals, ticker, node);
        this.calls = calls;
        this.ticker = ticker;
        this.timers = timers;
        this.node = node;
        this.listener = listener;
    }

    public void start() {
        use(config);
        look();
    }

    /** Another configuration. What is on stays on; a receiver that is new hears of it. */
    public void use(AlertsConfig next) {
        config = next;
        watch.use(next.rules());
        List<Outbox> before = List.copyOf(outboxes);
        outboxes.clear();
        for (AlertReceiver receiver : next.to()) {
            Outbox kept = before.stream()
                    .filter(outbox -> outbox.receiver().equals(receiver) && !outboxes.contains(outbox))
                    .findFirst()
                    .orElse(null);
            if (kept != null) {
                outboxes.add(kept);
                continue;
            }
            Outbox made = new Outbox(receiver, calls, ticker, timers, listener);
            outboxes.add(made);
            watch.on().forEach(made::tell);
        }
        before.stream().filter(outbox -> !outboxes.contains(outbox)).forEach(Outbox::close);
        if (outboxes.isEmpty()) {
            watch.forget();
        }
    }

    private void look() {
        timer = timers.after(EACH, this::look);
        if (outboxes.isEmpty()) {
            return;
        }
        List<Notice> news = watch.look();
        for (Outbox outbox : outboxes) {
            news.forEach(outbox::tell);
            outbox.remind(watch.on());
        }
    }

    /** What is on. */
    public List<Notice> on() {
        return List.copyOf(watch.on());
    }

    /** Notices that wait to be told. */
    public int waiting() {
        return outboxes.stream().mapToInt(Outbox::waiting).sum();
    }

    /**
     * What came of a notice that was sent as a test.
     *
     * @param type of the receiver
     * @param ok whether it took it
     * @param detail its status, or that there was no answer
     */
    public record Tested(AlertReceiver.Type type, boolean ok, String detail) {}

    /** Sends every receiver a notice, and its end after it, past all queues. */
    public Future<List<Tested>> test() {
        Notice notice =
                new Notice("test", Severity.INFO, "", "A test of alerts: nothing is wrong.", node, ticker.now(), null);
        List<Future<Tested>> answers = new ArrayList<>();
        for (AlertReceiver receiver : config.to()) {
            answers.add(calls.send(Letter.to(receiver, List.of(notice), ticker.now()))
                    .map(reply -> new Tested(receiver.type(), reply.ok(), "status " + reply.status()))
                    .otherwise(cause -> new Tested(receiver.type(), false, "no answer"))
                    .onSuccess(tested -> over(receiver, notice, tested)));
        }
        return Future.join(answers).map(all -> all.<Tested>list());
    }

    private void over(AlertReceiver receiver, Notice notice, Tested tested) {
        if (tested.ok() && receiver.type() != AlertReceiver.Type.SLACK) {
            timers.after(
                    CLOSING, () -> calls.send(Letter.to(receiver, List.of(notice.over(ticker.now())), ticker.now())));
        }
    }

    @Override
    public void close() {
        if (timer != null) {
            timer.cancel();
        }
        outboxes.forEach(Outbox::close);
    }
}
