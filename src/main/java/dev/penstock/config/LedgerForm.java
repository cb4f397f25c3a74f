// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.time.Duration;

/** The section {@code observability.ledger}. */
record LedgerForm(
        @Key(
                value =
                        "Write each record to a journal in the data folder before it goes to the store. It needs storage.",
                def = "true")
        boolean journal,

        @Key(
                value =
                        "When the disk is asked to keep what was written: every interval, always before the next records, or"
                                + " none: when the operating system wants to.",
                def = "interval")
        LedgerConfig.Fsync fsync,

        @Key(value = "How often, with fsync: interval.", def = "50ms", min = "1ms", max = "10s")
        Duration interval,

        @Key(
                value = "What the last byte of an answer waits for: none, or durable: its record is safe on the disk.",
                def = "none")
        LedgerConfig.Ack ack,

        @Key(
                value =
                        "While no record can be taken, as with a full disk: continue, and count what is lost; or refuse new"
                                + " calls with 503.",
                def = "continue")
        LedgerConfig.OnFull onFull,

        @Key(
                value =
                        "The most that a tenant may opt into with its own content: metadata, sampled or full. Nothing that is"
                                + " said is recorded of tenants that do not opt in.",
                def = "full")
        LedgerConfig.Content content) {}
