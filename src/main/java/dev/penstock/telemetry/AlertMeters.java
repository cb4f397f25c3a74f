// SPDX-License-Identifier: Apache-2.0
package dev.penstock.telemetry;

import dev.penstock.alert.AlertingListener;
import dev.penstock.config.AlertReceiver;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

/** Counts what became of notices. */
final class AlertMeters implements AlertingListener {

    private final Counter[] sent;
    private final Counter[] failed;
    private final Counter[] lost;

    AlertMeters(MeterRegistry registry) {
        sent = counters(registry, "sent");
        failed = counters(registry, "failed");
        lost = counters(registry, "lost");
    }

    private static Counter[] counters(MeterRegistry registry, String result) {
        Counter[] all = new Counter[AlertReceiver.Type.values().length];
        for (AlertReceiver.Type type : AlertReceiver.Type.values()) {
            all[type.ordinal()] = Counter.builder("penstock.alert.notices")
                    .description("Requests to those who are told of alerts: sent, failed and made again, or lost.")
                    .tag("receiver", type.label())
                    .tag("result", result)
                    .register(registry);
        }
        return all;
    }

    @Override
    public void sent(AlertReceiver.Type to) {
        sent[to.ordinal()].increment();
    }

    @Override
    public void failed(AlertReceiver.Type to) {
        failed[to.ordinal()].increment();
    }

    @Override
    public void lost(AlertReceiver.Type to) {
        lost[to.ordinal()].increment();
    }
}
