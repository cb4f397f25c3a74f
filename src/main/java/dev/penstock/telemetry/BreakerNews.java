// SPDX-License-Identifier: Apache-2.0
package dev.penstock.telemetry;

import dev.penstock.exchange.Target;
import dev.penstock.resilience.BreakerListener;
import dev.penstock.resilience.BreakerState;
import dev.penstock.telemetry.Alerts.Alert;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** Logs, counts and raises what becomes of breakers. Any thread. */
public final class BreakerNews implements BreakerListener {

    private static final Logger LOG = LogManager.getLogger(BreakerNews.class);

    private final Metrics metrics;
    private final Alerts alerts;

    public BreakerNews(Metrics metrics, Alerts alerts) {
        this.metrics = metrics;
        this.alerts = alerts;
    }

    @Override
    public void changed(Target target, String breaker, BreakerState from, BreakerState to, String reason) {
        LOG.info("breaker of {} {} -> {}: {}", breaker, from.label(), to.label(), reason);
        metrics.breakerMoved(target, to);
        if (from == BreakerState.CLOSED && to == BreakerState.OPEN) {
            alerts.raise(Alert.TARGET_DOWN, breaker, "target " + breaker + " is left alone: " + reason);
        } else if (to == BreakerState.CLOSED) {
            alerts.raise(Alert.TARGET_UP, breaker, "target " + breaker + " serves again: " + reason);
        }
    }
}
