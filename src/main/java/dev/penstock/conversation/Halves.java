// SPDX-License-Identifier: Apache-2.0
package dev.penstock.conversation;

/**
 * Keeps surrogate pairs together. Servers that cut a text between the two halves of one character escape each half for itself;
 * the first is kept here until the second comes, because half a character has no form in UTF-8. One instance per text.
 */
public final class Halves {

    private char held;

    /** The piece with the half that was kept before it, and without the half that it ends with; may be empty. */
    public String whole(String piece) {
        if (held == 0 && !endsInside(piece)) {
            return piece;
        }
        String all = held == 0 ? piece : held + piece;
        held = 0;
        if (endsInside(all)) {
            held = all.charAt(all.length() - 1);
            return all.substring(0, all.length() - 1);
        }
        return all;
    }

    /** The half that never became whole, or nothing. */
    public String rest() {
        String rest = held == 0 ? "" : String.valueOf(held);
        held = 0;
        return rest;
    }

    /** The other half will not come. */
    public void forget() {
        held = 0;
    }

    private static boolean endsInside(String text) {
        return !text.isEmpty() && Character.isHighSurrogate(text.charAt(text.length() - 1));
    }
}
