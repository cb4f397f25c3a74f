// SPDX-License-Identifier: Apache-2.0
package dev.penstock.telemetry;

import dev.penstock.exchange.Priority;
import dev.penstock.resilience.LoadListener;
import dev.penstock.resilience.QueueRefusal;
import dev.penstock.resilience.ShedReason;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

/** What was turned away for lack of room, by reason and priority; all counters exist from the start. */
final class LoadMeters implements LoadListener {

    private final Counter[][] shed = new Counter[ShedReason.values().length][];
    private final Counter[][] queue = new Counter[QueueRefusal.values().length][];

    LoadMeters(MeterRegistry registry) {
        for (ShedReason reason : ShedReason.values()) {
            shed[reason.ordinal()] = counters(
                    "penstock.shed",
                    "Requests that the node turned away at its door, by what it was short of.",
                    reason.label(),
                    registry);
        }
        for (QueueRefusal reason : QueueRefusal.values()) {
            queue[reason.ordinal()] = counters(
                    "penstock.queue.refusals",
                    "Attempts that the line before a target turned away.",
                    reason.label(),
                    registry);
        }
    }

    @Override
    public void onShed(ShedReason reason, Priority priority) {
        shed[reason.ordinal()][priority.ordinal()].increment();
    }

    @Override
    public void onQueueRefused(QueueRefusal reason, Priority priority) {
        queue[reason.ordinal()][priority.ordinal()].increment();
    }

    private static Counter[] counters(String name, String help, String reason, MeterRegistry registry) {
        Counter[] byPriority = new Counter[Priority.values().length];
        for (Priority priority : Priority.values()) {
            byPriority[priority.ordinal()] = Counter.builder(name)
                    .description(help)
                    .tag("reason", reason)
                    .tag("priority", priority.label())
                    .register(registry);
        }
        return byPriority;
    }
}
