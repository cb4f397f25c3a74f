// SPDX-License-Identifier: Apache-2.0
package dev.penstock.telemetry;

import dev.penstock.idempotency.IdempotencyListener;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

/** What became of calls with Idempotency-Key; all counters exist from the start. */
final class IdempotencyMeters implements IdempotencyListener {

    private final Counter[] events = new Counter[Event.values().length];

    IdempotencyMeters(MeterRegistry registry) {
        for (Event event : Event.values()) {
            events[event.ordinal()] = Counter.builder("penstock.idempotency")
                    .description("Calls with Idempotency-Key, by what became of them.")
                    .tag("event", event.label())
                    .register(registry);
        }
    }

    @Override
    public void happened(Event what) {
        events[what.ordinal()].increment();
    }
}
