// SPDX-License-Identifier: Apache-2.0
package dev.penstock.exchange;

/** What becomes of an answer that breaks off after its first token. */
public enum OnCut {
    /** The client gets the schema's error event. */
    ERROR,
    /** The next target continues plain text from where it broke off (stream contract, point 11). */
    CONTINUE_TEXT
}
