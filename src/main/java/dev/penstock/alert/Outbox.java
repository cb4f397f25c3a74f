// SPDX-License-Identifier: Apache-2.0
package dev.penstock.alert;

import dev.penstock.config.AlertReceiver;
import dev.penstock.exchange.Ticker;
import dev.penstock.exchange.Timers;
import dev.penstock.sidecall.SideCalls;
import dev.penstock.sidecall.SideReply;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * What one receiver is still to be told: the newest word about each alert, the most severe first, one request at a time, not more than
 * {@link #PER_MINUTE} of them in a minute. While the receiver is away, words wait and replace each other; an alert that is over before anybody heard of it is forgotten.
 * Belongs to one event loop.
 */
final class Outbox {

    private static final Logger LOG = LogManager.getLogger(Outbox.class);

    static final int PER_MINUTE = 20;
    static final int MOST_WAITING = 1_000;

    private static final int MOST_AT_ONCE = 100;
    private static final Duration FIRST_WAIT = Duration.ofSeconds(1);
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(1);
    private static final Duration STILL = Duration.ofHours(4);
    /** Alertmanager takes an alert for over that it has not heard of for five minutes. */
    private static final Duration STILL_ALERTMANAGER = Duration.ofMinutes(1);

    private final AlertReceiver receiver;
    private final SideCalls calls;
    private final Ticker ticker;
    private final Timers timers;
    private final AlertingListener listener;
    private final Map<String, Notice> waiting = new LinkedHashMap<>();
    private final Map<String, Long> told = new HashMap<>();
    private final List<Long> sent = new ArrayList<>();
    private Timers.@Nullable Timer timer;
    private Duration wait = FIRST_WAIT;
    private boolean busy;
    private boolean closed;

    Outbox(AlertReceiver receiver, SideCalls calls, Ticker ticker, Timers timers, AlertingListener listener) {
        this.receiver = receiver;
        this.calls = calls;
        this.ticker = ticker;
        this.timers = timers;
        this.listener = listener;
    }

    AlertReceiver receiver() {
        return receiver;
    }

    int waiting() {
        return waiting.size();
    }

    void tell(Notice notice) {
        if (!receiver.severities().contains(notice.severity())) {
            return;
        }
        String key = notice.key();
        boolean unheard = !told.containsKey(key);
        if (notice.isOver() && unheard && !busy) {
            waiting.remove(key);
            return;
        }
        if (waiting.size() >= MOST_WAITING && !waiting.containsKey(key) && !makesRoom(notice)) {
            listener.lost(receiver.type());
            return;
        }
        waiting.remove(key);
        waiting.put(key, notice);
        send();
    }

    /** Something that matters less is given up for it. */
    private boolean makesRoom(Notice notice) {
        for (Notice each : waiting.values()) {
            if (each.severity().compareTo(notice.severity()) < 0) {
                waiting.remove(each.key());
                listener.lost(receiver.type());
                return true;
            }
        }
        return false;
    }

    /** What is on is said again from time to time, so that nobody takes silence for an end. */
    void remind(Collection<Notice> on) {
        Duration again = receiver.type() == AlertReceiver.Type.ALERTMANAGER ? STILL_ALERTMANAGER : STILL;
        for (Notice notice : on) {
            Long last = told.get(notice.key());
            if (last != null && ticker.nanos() - last >= again.toNanos()) {
                tell(notice);
            }
        }
    }

    private void send() {
        if (busy || closed || waiting.isEmpty() || timer != null) {
            return;
        }
        long now = ticker.nanos();
        sent.removeIf(at -> now - at >= Duration.ofMinutes(1).toNanos());
        if (sent.size() >= PER_MINUTE) {
            later(Duration.ofNanos(Duration.ofMinutes(1).toNanos() - (now - sent.getFirst())));
            return;
        }
        sent.add(now);
        // What matters most does not stand in line behind a thousand others.
        List<Notice> next = waiting.values().stream()
                .sorted(Comparator.comparing(Notice::severity).reversed())
                .limit(Letter.takesMany(receiver.type()) ? MOST_AT_ONCE : 1)
                .toList();
        busy = true;
        post(next).onComplete(done -> {
            busy = false;
            heard(next, done.succeeded() ? done.result() : null);
            send();
        });
    }

    private Future<SideReply> post(List<Notice> notices) {
        try {
            return calls.send(Letter.to(receiver, notices, ticker.now()));
        } catch (RuntimeException e) {
            return Future.failedFuture(e);
        }
    }

    private void heard(List<Notice> notices, @Nullable SideReply reply) {
        Boolean taken = reply == null ? null : Letter.taken(reply.status());
        if (taken == null) {
            listener.failed(receiver.type());
            if (reply == null) {
                // Nobody knows whether it was taken; that it is over must be said then.
                notices.forEach(notice -> told.put(notice.key(), ticker.nanos()));
            }
            waiting.values().removeIf(notice -> notice.isOver() && !told.containsKey(notice.key()));
            LOG.warn(
                    "alerts: {} did not take a notice ({}), once more in {} s",
                    receiver.type().label(),
                    reply == null ? "no answer" : reply.status(),
                    wait.toSeconds());
            later(wait);
            wait = wait.multipliedBy(2).compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait.multipliedBy(2);
            return;
        }
        wait = FIRST_WAIT;
        for (Notice notice : notices) {
            // What has been replaced in the meantime is still to be told.
            waiting.remove(notice.key(), notice);
            if (taken && !notice.isOver()) {
                told.put(notice.key(), ticker.nanos());
            } else {
                told.remove(notice.key());
            }
        }
        if (taken) {
            listener.sent(receiver.type());
        } else {
            listener.lost(receiver.type());
            LOG.error(
                    "alerts: {} refuses notices with status {}; its entry in the configuration is wrong",
                    receiver.type().label(),
                    reply == null ? 0 : reply.status());
        }
    }

    private void later(Duration delay) {
        timer = timers.after(delay, () -> {
            timer = null;
            send();
        });
    }

    /** Nothing more is sent. */
    void close() {
        closed = true;
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }
}
