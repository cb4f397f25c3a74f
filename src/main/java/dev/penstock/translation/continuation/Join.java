// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.continuation;

import dev.penstock.translation.continuation.ContinuedRequest.Way;

/**
 * The seam between the text that the client has and what the next provider says: takes away what is there already, and nothing else. How
 * much can be there depends on how the provider was asked:
 *
 * <ul>
 *   <li>a provider that goes on behind the text repeats at most the white space that was not sent to it;
 *   <li>one that is known to repeat the text repeats all of it first;
 *   <li>one that was asked in words may repeat the last words, or everything. That is a guess, so it must be a long one: at least
 *       {@link #LEAST} characters up to the very end of the text, {@link #LETTERS} of them letters or digits, that stand nowhere else in
 *       it and are no repetition in themselves. What is shorter or could be meant stays: a word too many is read over, one too few is not
 *       found again.
 * </ul>
 *
 * <p>Text is held back only as long as it could be such a repetition, which for nearly every answer is not at all. One instance per seam.
 */
final class Join {

    /** Characters; fewer are often the same by accident. */
    static final int LEAST = 16;

    /** So many of them must mean something. */
    static final int LETTERS = 8;

    /** Characters of the end of the text that a model may repeat a part of. */
    static final int WINDOW = 256;

    /** Characters that are the same as at the beginning of the text: it is being told anew. */
    static final int ANEW = 64;

    private final String said;
    private final StringBuilder held = new StringBuilder();
    /** White space that stands at the end of the text and was not sent. */
    private String space;

    private boolean repetition;
    private final boolean guessed;
    /** What is held is the same as the beginning of the text. */
    private boolean likeBeginning = true;

    private int dropped;
    private boolean anew;

    /** Behind a text. */
    Join(String text, Way way) {
        String core = text.stripTrailing();
        boolean sentWhole = way == Way.WORDS;
        said = sentWhole ? text : core;
        space = sentWhole ? "" : text.substring(core.length());
        guessed = sentWhole;
        repetition = (sentWhole && text.length() >= LEAST) || way == Way.PREFIX;
    }

    /** Whether nothing can be taken away any more. */
    boolean done() {
        return !repetition && space.isEmpty();
    }

    /** Characters of the provider's text that the client had already. */
    int dropped() {
        return dropped;
    }

    /** Whether the provider tells the answer anew, and not in the same words: there is no seam. */
    boolean anew() {
        return anew;
    }

    /** What of this, and of what was held back before, the client does not have yet. */
    String next(String piece) {
        if (!repetition) {
            return withoutSpace(piece);
        }
        int overlap = Math.clamp(said.length() - held.length(), 0, piece.length());
        likeBeginning = likeBeginning && said.regionMatches(held.length(), piece, 0, overlap);
        held.append(piece);
        return guessed ? guess() : withoutAll(false);
    }

    /** What was held back, when nothing follows it any more. */
    String rest() {
        if (!repetition) {
            return "";
        }
        return guessed ? decided(longest()) : withoutAll(true);
    }

    // ------------------------------------------------------------------ a provider that repeats everything

    private String withoutAll(boolean last) {
        if (likeBeginning && held.length() < said.length() && !last) {
            return "";
        }
        repetition = false;
        int repeated = likeBeginning && held.length() >= said.length() ? said.length() : 0;
        dropped += repeated;
        return withoutSpace(taken(repeated));
    }

    // ------------------------------------------------------------------ a provider that may repeat the end

    private String guess() {
        if (undecided()) {
            return "";
        }
        int repeated = longest();
        boolean beginsAnew = repeated == 0
                && said.length() > ANEW
                && held.length() >= ANEW
                && said.startsWith(held.substring(0, ANEW))
                && said.indexOf(held.substring(0, ANEW), 1) < 0;
        if (beginsAnew) {
            anew = true;
            repetition = false;
            held.setLength(0);
            return "";
        }
        return decided(repeated);
    }

    private String decided(int repeated) {
        repetition = false;
        dropped += repeated;
        return taken(repeated);
    }

    /** Whether what is held may still grow into a repetition. */
    private boolean undecided() {
        if (likeBeginning && held.length() < said.length()) {
            return true;
        }
        if (held.length() >= WINDOW) {
            return false;
        }
        String now = held.toString();
        int last = said.length() - Math.max(LEAST, now.length() + 1);
        for (int from = Math.max(1, said.length() - WINDOW); from <= last; from++) {
            if (said.startsWith(now, from)) {
                return true;
            }
        }
        return false;
    }

    /** The longest repetition that is complete; 0 without one. */
    private int longest() {
        if (likeBeginning && isRepeated(0)) {
            return said.length();
        }
        for (int from = Math.max(1, said.length() - WINDOW); from <= said.length() - LEAST; from++) {
            if (isRepeated(from)) {
                return said.length() - from;
            }
        }
        return 0;
    }

    private boolean isRepeated(int from) {
        int length = said.length() - from;
        if (held.length() < length || !said.startsWith(held.substring(0, length), from)) {
            return false;
        }
        String end = said.substring(from);
        return said.indexOf(end) == from && says(end) && !isPeriodic(end);
    }

    private static boolean says(String text) {
        return text.codePoints()
                        .filter(Character::isLetterOrDigit)
                        .limit(LETTERS)
                        .count()
                == LETTERS;
    }

    /** Whether it is a shorter text said twice or more: then saying it once more may be meant. */
    private static boolean isPeriodic(String text) {
        for (int period = 1; period <= text.length() / 2; period++) {
            if (text.regionMatches(0, text, period, text.length() - period)) {
                return true;
            }
        }
        return false;
    }

    // ------------------------------------------------------------------ white space

    private String withoutSpace(String piece) {
        int same = 0;
        while (same < piece.length() && same < space.length() && piece.charAt(same) == space.charAt(same)) {
            same++;
        }
        // Another kind of white space stands behind the one that is there: nothing is lost.
        space = same < piece.length() ? "" : space.substring(same);
        dropped += same;
        return piece.substring(same);
    }

    private String taken(int without) {
        String rest = held.substring(without);
        held.setLength(0);
        return rest;
    }
}
