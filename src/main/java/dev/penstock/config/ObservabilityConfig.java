// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

/**
 * What is kept and told of what happened.
 *
 * @param ledger what calls cost and how they went
 * @param audit who changed what
 * @param telemetry metrics, traces and the request log
 * @param alerts what people hear of at once
 */
public record ObservabilityConfig(
        LedgerConfig ledger, AuditConfig audit, TelemetryConfig telemetry, AlertsConfig alerts) {

    /** What holds where nobody says anything. */
    public static final ObservabilityConfig DEFAULT = new ObservabilityConfig(
            LedgerConfig.DEFAULT, AuditConfig.DEFAULT, TelemetryConfig.DEFAULT, AlertsConfig.DEFAULT);
}
