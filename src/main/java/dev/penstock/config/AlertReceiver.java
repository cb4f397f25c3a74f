// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import dev.penstock.config.AlertRule.Severity;
import java.net.URI;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whom to tell.
 *
 * @param type how it is spoken to
 * @param url where; null for Slack, whose address is its secret
 * @param secret routing key, API key, address of a webhook or what signatures are made with; null where none is used
 * @param severities what it is told of
 */
public record AlertReceiver(
        Type type, @Nullable URI url, @Nullable Secret secret, Set<Severity> severities) {

    /** How a receiver is spoken to. */
    public enum Type {
        /** Prometheus Alertmanager, API v2. */
        ALERTMANAGER,
        /** PagerDuty, Events API v2. */
        PAGERDUTY,
        /** Opsgenie, Alert API v2, and what speaks like it. */
        OPSGENIE,
        /** An incoming webhook of Slack. */
        SLACK,
        /** Anything that understands the webhook of Alertmanager, version 4; signed where there is something to sign with. */
        WEBHOOK;

        /** As configurations write it. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public AlertReceiver {
        severities = Set.copyOf(severities);
    }
}
