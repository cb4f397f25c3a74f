// SPDX-License-Identifier: Apache-2.0
package dev.penstock.alert;

import dev.penstock.config.AlertRule;
import dev.penstock.exchange.Ticker;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Holds the rules against the signals, and knows which alerts are on. An alert is over when its rule has not held for half a minute: what
 * comes and goes is one alert. Belongs to one event loop.
 */
final class Watch {

    private static final long CALM_NANOS = Duration.ofSeconds(30).toNanos();
    /** Of one rule; a table of a thousand alerts helps nobody. */
    private static final int MOST_SUBJECTS = 1_000;

    private final AlertSignals signals;
    private final Ticker ticker;
    private final String node;
    private final Map<String, State> states = new HashMap<>();
    /** How many states each rule has, so that one with many keeps no other silent. */
    private final Map<String, Integer> subjects = new HashMap<>();

    private List<AlertRule> rules;

    /** What is known of a rule and a subject. */
    private static final class State {

        private final String rule;
        private final long since;
        private long lastHeld;
        private @Nullable Notice notice;

        State(String rule, long now) {
            this.rule = rule;
            since = now;
            lastHeld = now;
        }
    }

    Watch(List<AlertRule> rules, AlertSignals signals, Ticker ticker, String node) {
        this.rules = rules;
        this.signals = signals;
        this.ticker = ticker;
        this.node = node;
    }

    /** Other rules: what the ones before said is over where no rule of that name says it any more. */
    void use(List<AlertRule> next) {
        rules = next;
    }

    /** Nobody looks from now on: what was known then is not what is known at the next look. */
    void forget() {
        states.clear();
        subjects.clear();
    }

    /** What began and what is over since the last look. */
    List<Notice> look() {
        List<Notice> news = new ArrayList<>();
        long now = ticker.nanos();
        Instant at = ticker.now();
        for (AlertRule rule : rules) {
            switch (rule.when().signal().measure()) {
                case STATE -> lasting(rule, now, at, news);
                case AGE -> ages(rule, now, at, news);
                case SHARE -> shares(rule, now, at, news);
            }
        }
        Iterator<State> known = states.values().iterator();
        while (known.hasNext()) {
            State state = known.next();
            boolean calm = now - state.lastHeld >= CALM_NANOS;
            if (state.notice == null ? state.lastHeld != now : calm) {
                if (state.notice != null) {
                    news.add(state.notice.over(at));
                }
                known.remove();
                subjects.merge(state.rule, -1, Integer::sum);
            }
        }
        return news;
    }

    private void lasting(AlertRule rule, long now, Instant at, List<Notice> news) {
        for (String subject : signals.now(rule.when().signal())) {
            State state = state(rule, subject, now);
            if (state == null) {
                return;
            }
            state.lastHeld = now;
            Duration span = Duration.ofNanos(now - state.since);
            if (state.notice == null && rule.when().holds(span)) {
                state.notice = Notice.begin(rule, subject, "for " + span.toSeconds() + " s", node, at);
                news.add(state.notice);
            }
        }
    }

    private void ages(AlertRule rule, long now, Instant at, List<Notice> news) {
        signals.ages(rule.when().signal()).forEach((subject, age) -> {
            if (rule.when().holds(age)) {
                holds(rule, subject, "for " + age.toSeconds() + " s", now, at, news);
            }
        });
    }

    private void shares(AlertRule rule, long now, Instant at, List<Notice> news) {
        signals.shares(rule.when().signal()).forEach((subject, share) -> {
            if (rule.when().holds(share)) {
                holds(rule, subject, Math.round(share * 100) + " %", now, at, news);
            }
        });
    }

    /** Begins at the first look. */
    private void holds(AlertRule rule, String subject, String value, long now, Instant at, List<Notice> news) {
        State state = state(rule, subject, now);
        if (state != null) {
            state.lastHeld = now;
            if (state.notice == null) {
                state.notice = Notice.begin(rule, subject, value, node, at);
                news.add(state.notice);
            }
        }
    }

    private @Nullable State state(AlertRule rule, String subject, long now) {
        String key = rule.name() + '\n' + subject;
        State known = states.get(key);
        if (known == null && subjects.getOrDefault(rule.name(), 0) < MOST_SUBJECTS) {
            known = new State(rule.name(), now);
            states.put(key, known);
            subjects.merge(rule.name(), 1, Integer::sum);
        }
        return known;
    }

    /** Those that are on. */
    Collection<Notice> on() {
        List<Notice> on = new ArrayList<>();
        states.values().forEach(state -> {
            if (state.notice != null) {
                on.add(state.notice);
            }
        });
        return on;
    }
}
