// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit.chaos;

/**
 * A promise that was not kept.
 *
 * @param kind which promise
 * @param id the call
 * @param text what was seen, for a person
 */
public record Violation(Kind kind, String id, String text) {

    /** The promises. */
    public enum Kind {
        /** The client has its answer, and no node has a settlement. */
        LOST_SETTLEMENT,
        /** More than one settlement for one call. */
        DOUBLE_SETTLEMENT,
        /** A settlement for a call that nobody made. */
        STRAY_SETTLEMENT,
        /** The answer looks complete and is not the text that the prompt demands. */
        WRONG_TEXT,
        /** Status 200, an orderly end, and neither the terminal marker nor an error: the client cannot know. */
        SILENT_TRUNCATION,
        /** Nothing came to an end within the model's total timeout and a margin. */
        HANG,
        /** The connection ended without a word although nothing was done to the node. */
        UNEXPLAINED_BREAK,
        /** Client and settlement tell different stories. */
        OUTCOME_MISMATCH
    }

    @Override
    public String toString() {
        return kind + " " + id + ": " + text;
    }
}
