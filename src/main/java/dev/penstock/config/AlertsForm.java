// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.net.URI;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The section {@code alerts}. */
record AlertsForm(
        @Key(value = "Whom to tell.", unset = "nobody") List<@Nullable Receiver> to,

        @Key(
                value = "What is told, by the name that an alert gets.",
                unset =
                        "targets and stores that are down, a ledger that is behind, many errors, budgets that are nearly used up")
        Map<String, Rule> rules) {

    /** One entry of {@code alerts.to}. */
    record Receiver(
            @Key(value = "How it is spoken to.", required = true)
            AlertReceiver.@Nullable Type type,

            @Key(
                    value = "Where: Alertmanager without its path, a webhook whole; for PagerDuty and Opsgenie another"
                            + " address than the usual one.",
                    unset = "`https://events.pagerduty.com` and `https://api.opsgenie.com`")
            @Nullable
            URI url,

            @Key(value = "The address of an incoming webhook of Slack.", unset = "none") @Nullable
            Secret webhook,

            @Key(value = "The integration key of a PagerDuty service.", unset = "none") @Nullable
            Secret routingKey,

            @Key(value = "The key of an Opsgenie integration.", unset = "none") @Nullable
            Secret apiKey,

            @Key(value = "What bodies of a webhook are signed with.", unset = "they are not") @Nullable
            Secret signWith,

            @Key(value = "What it is told of.", unset = "all")
            List<AlertRule.@Nullable Severity> severities) {}

    /** One entry of {@code alerts.rules}. */
    record Rule(
            @Key(
                    value =
                            "When it is told: breaker.open, targets.down, store.down, counts.alone or ledger.behind with > and a duration;"
                                    + " errors.share, degraded.share or budget.used with > or >= and a share.",
                    required = true)
            @Nullable
            AlertCondition when,

            @Key(value = "How much it matters.", def = "warning")
            AlertRule.Severity severity) {}
}
