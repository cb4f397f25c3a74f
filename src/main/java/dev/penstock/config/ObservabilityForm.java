// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

/** The section {@code observability}. */
record ObservabilityForm(
        @Key("One record of each call: what it cost and how it went.")
        LedgerForm ledger,

        @Key("Who changed what, who was not let in: records that show when somebody has changed them.")
        AuditForm audit,

        @Key("What is counted, and who is told.") TelemetryForms.Metrics metrics,

        @Key("What becomes spans of a trace, and who is told.")
        TelemetryForms.Traces traces,

        @Key("The line that is written about each call.") TelemetryForms.Logs logs) {}
