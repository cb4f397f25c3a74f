// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

/** Hears how the ledger is doing. Called on threads of the ledger. */
public interface LedgerListener {

    /** The disk was asked to keep what was written, which took so long. */
    void onSync(long nanos);

    /** What a person should know: something is lost, damaged, or does not go on. Holds no content. */
    void onAlarm(String what);

    /** What is good to know. */
    void onNote(String what);
}
