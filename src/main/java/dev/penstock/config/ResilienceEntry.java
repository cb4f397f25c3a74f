// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import static dev.penstock.config.ModelSection.chosen;
import static dev.penstock.config.ModelSection.duration;

import dev.penstock.exchange.BreakerSettings;
import dev.penstock.exchange.ConcurrencySettings;
import dev.penstock.exchange.FailureClass;
import dev.penstock.exchange.HedgeSettings;
import dev.penstock.exchange.OnCut;
import dev.penstock.exchange.Priority;
import dev.penstock.exchange.ResilienceSettings;
import dev.penstock.exchange.RetrySettings;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a model says about trouble, key by key, so that each key can come from somewhere else: the model, the model that it is
 * another name of, {@code "*"}, the defaults. Hedging and the limit on attempts are off until somebody writes their section.
 */
final class ResilienceEntry {

    private final Binder binder;
    private final Problems problems;

    ResilienceEntry(Binder binder, Problems problems) {
        this.binder = binder;
        this.problems = problems;
    }

    /** Values by key, for what holds while nobody says anything. */
    static Map<String, Object> defaults() {
        RetrySettings retries = RetrySettings.DEFAULT;
        BreakerSettings breaker = BreakerSettings.DEFAULT;
        HedgeSettings hedge = HedgeSettings.DEFAULT;
        ConcurrencySettings concurrency = ConcurrencySettings.DEFAULT;
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("retries.attempts", new Count(retries.attempts()));
        map.put("retries.errors", List.of(ModelForm.RetryOn.values()));
        map.put("retries.backoff", new Span(retries.backoffMin(), retries.backoffMax()));
        map.put("breaker.failure_rate", Share.of(breaker.failureRate()));
        map.put("breaker.window", breaker.window());
        map.put("breaker.min_calls", new Count(breaker.minCalls()));
        map.put("breaker.consecutive", new Count(breaker.consecutive()));
        map.put("breaker.slow_first_token", breaker.slowFirstToken());
        map.put("breaker.open_for", breaker.openFor());
        map.put("breaker.probes", new Count(breaker.probes()));
        map.put("hedge.enabled", false);
        map.put("hedge.after", Percentile.of(hedge.percentile()));
        map.put("hedge.floor", hedge.floor());
        map.put("concurrency.enabled", false);
        map.put("concurrency.initial", new Count(concurrency.initial()));
        map.put("concurrency.min", new Count(concurrency.min()));
        map.put("concurrency.max", new Count(concurrency.max()));
        map.put("concurrency.queue", new Count(concurrency.queue()));
        map.put("concurrency.max_wait", concurrency.maxWait());
        map.put("on_cut", OnCut.ERROR);
        map.put("priority", Priority.INTERACTIVE);
        return map;
    }

    /** Values by key, as the model writes them; null where it says nothing. */
    static Map<String, @Nullable Object> written(FileForm.Model form) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        ModelForm.Retries retries = form.retries();
        if (retries != null) {
            map.put("retries.attempts", retries.attempts());
            map.put("retries.errors", retries.errors());
            map.put("retries.backoff", retries.backoff());
        }
        ModelForm.Breaker breaker = form.breaker();
        if (breaker != null) {
            map.put("breaker.failure_rate", breaker.failureRate());
            map.put("breaker.window", breaker.window());
            map.put("breaker.min_calls", breaker.minCalls());
            map.put("breaker.consecutive", breaker.consecutive());
            map.put("breaker.slow_first_token", breaker.slowFirstToken());
            map.put("breaker.open_for", breaker.openFor());
            map.put("breaker.probes", breaker.probes());
        }
        ModelForm.Hedge hedge = form.hedge();
        if (hedge != null) {
            map.put("hedge.enabled", isOn(hedge.enabled()));
            map.put("hedge.after", hedge.after());
            map.put("hedge.floor", hedge.floor());
        }
        ModelForm.Concurrency concurrency = form.concurrency();
        if (concurrency != null) {
            map.put("concurrency.enabled", isOn(concurrency.enabled()));
            map.put("concurrency.initial", concurrency.initial());
            map.put("concurrency.min", concurrency.min());
            map.put("concurrency.max", concurrency.max());
            map.put("concurrency.queue", concurrency.queue());
            map.put("concurrency.max_wait", concurrency.maxWait());
        }
        map.put("on_cut", form.onCut());
        map.put("priority", form.priority());
        return map;
    }

    private static boolean isOn(@Nullable Boolean enabled) {
        return enabled == null || enabled;
    }

    ResilienceSettings build(String path, Map<String, Chosen> settings) {
        return new ResilienceSettings(
                retries(settings),
                new BreakerSettings(
                        chosen(settings, "breaker.failure_rate", Share.class).value(),
                        duration(settings, "breaker.window"),
                        count(settings, "breaker.min_calls"),
                        count(settings, "breaker.consecutive"),
                        duration(settings, "breaker.slow_first_token"),
                        duration(settings, "breaker.open_for"),
                        count(settings, "breaker.probes")),
                chosen(settings, "hedge.enabled", Boolean.class) ? hedge(settings) : null,
                chosen(settings, "concurrency.enabled", Boolean.class) ? concurrency(path, settings) : null,
                chosen(settings, "on_cut", OnCut.class),
                chosen(settings, "priority", Priority.class));
    }

    private static RetrySettings retries(Map<String, Chosen> settings) {
        Set<FailureClass> errors = EnumSet.noneOf(FailureClass.class);
        for (Object error : chosen(settings, "retries.errors", List.class)) {
            if (error instanceof ModelForm.RetryOn known) {
                errors.add(known.failure());
            }
        }
        Span backoff = chosen(settings, "retries.backoff", Span.class);
        return new RetrySettings(count(settings, "retries.attempts"), errors, backoff.from(), backoff.to());
    }

    private static HedgeSettings hedge(Map<String, Chosen> settings) {
        return new HedgeSettings(
                chosen(settings, "hedge.after", Percentile.class).value(), duration(settings, "hedge.floor"));
    }

    /** Numbers that nobody wrote bend to those that somebody did. */
    private ConcurrencySettings concurrency(String path, Map<String, Chosen> settings) {
        int min = count(settings, "concurrency.min");
        int initial = count(settings, "concurrency.initial");
        int max = count(settings, "concurrency.max");
        if (isDefault(settings, "concurrency.max")) {
            max = Math.max(max, Math.max(isDefault(settings, "concurrency.initial") ? 1 : initial, min));
        }
        if (isDefault(settings, "concurrency.min")) {
            min = Math.min(min, isDefault(settings, "concurrency.initial") ? max : Math.min(initial, max));
        }
        if (isDefault(settings, "concurrency.initial")) {
            initial = Math.max(min, Math.min(initial, max));
        }
        if (min > initial || initial > max) {
            refuseOrder(path + ".concurrency", min, initial, max);
            initial = Math.max(min, initial);
            max = Math.max(initial, max);
        }
        return new ConcurrencySettings(
                initial, min, max, count(settings, "concurrency.queue"), duration(settings, "concurrency.max_wait"));
    }

    private void refuseOrder(String path, int min, int initial, int max) {
        if (binder.has(path)) {
            problems.unexpected(
                    binder.at(path),
                    path,
                    "min " + min + ", initial " + initial + ", max " + max,
                    "min <= initial <= max");
        }
    }

    private static boolean isDefault(Map<String, Chosen> settings, String key) {
        Chosen chosen = settings.get(key);
        return chosen != null && chosen.origin().equals(Assembler.DEFAULT);
    }

    /** Only where the model itself says so: what {@code "*"} says is meant for the models that it fits. */
    void refuseWithoutSecondTarget(String path, FileForm.Model form, int targets) {
        if (targets != 1) {
            return;
        }
        if (form.hedge() != null && isOn(form.hedge().enabled())) {
            problems.unexpected(binder.keyAt(path + ".hedge"), path + ".hedge", "hedge", "a second target to race");
        }
        if (form.onCut() == OnCut.CONTINUE_TEXT) {
            problems.unexpected(
                    binder.at(path + ".on_cut"), path + ".on_cut", "continue_text", "a second target that goes on");
        }
    }

    private static int count(Map<String, Chosen> settings, String key) {
        return (int) chosen(settings, key, Count.class).value();
    }

    /** As lines of the effective configuration; what is off is one line. */
    static Map<String, Object> lines(ResilienceSettings settings) {
        Map<String, Object> lines = new LinkedHashMap<>();
        RetrySettings retries = settings.retries();
        BreakerSettings breaker = settings.breaker();
        lines.put("retries.attempts", retries.attempts());
        lines.put(
                "retries.errors",
                List.of(ModelForm.RetryOn.values()).stream()
                        .filter(error -> retries.errors().contains(error.failure()))
                        .toList());
        lines.put("retries.backoff", new Span(retries.backoffMin(), retries.backoffMax()));
        lines.put("breaker.failure_rate", Share.of(breaker.failureRate()));
        lines.put("breaker.window", breaker.window());
        lines.put("breaker.min_calls", breaker.minCalls());
        lines.put("breaker.consecutive", breaker.consecutive());
        lines.put("breaker.slow_first_token", breaker.slowFirstToken());
        lines.put("breaker.open_for", breaker.openFor());
        lines.put("breaker.probes", breaker.probes());
        HedgeSettings hedge = settings.hedge();
        lines.put("hedge.enabled", hedge != null);
        if (hedge != null) {
            lines.put("hedge.after", Percentile.of(hedge.percentile()));
            lines.put("hedge.floor", hedge.floor());
        }
        ConcurrencySettings concurrency = settings.concurrency();
        lines.put("concurrency.enabled", concurrency != null);
        if (concurrency != null) {
            lines.put("concurrency.initial", concurrency.initial());
            lines.put("concurrency.min", concurrency.min());
            lines.put("concurrency.max", concurrency.max());
            lines.put("concurrency.queue", concurrency.queue());
            lines.put("concurrency.max_wait", concurrency.maxWait());
        }
        lines.put("on_cut", settings.onCut());
        lines.put("priority", settings.priority());
        return lines;
    }
}
