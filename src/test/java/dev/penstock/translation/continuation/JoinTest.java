// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.continuation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.translation.continuation.ContinuedRequest.Way;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What is taken away at the seam between two providers, and what is not. */
final class JoinTest {

    private static final String SAID = "The sluice opens at dawn. Then the water runs down to the turbine, and";

    @Test
    void takesNothingAwayFromAProviderThatGoesOnBehindTheText() {
        assertThat(joined("ha", Way.PREFILL, "ha ha")).isEqualTo("haha ha");
        assertThat(joined(SAID, Way.PREFILL, SAID)).isEqualTo(SAID + SAID);
    }

    @Test
    void takesTheWhiteSpaceAwayThatWasNotSent() {
        for (int cut = 0; cut <= 4; cut++) {
            assertThat(cut("One.\n\n  ", Way.PREFILL, "\n\n  Two.", cut)).isEqualTo("One.\n\n  Two.");
        }
        assertThat(joined("One.\n", Way.PREFILL, "\n\nTwo.")).isEqualTo("One.\n\nTwo.");
        assertThat(joined("One.\n", Way.PREFILL, " Two.")).isEqualTo("One.\n Two.");
        assertThat(joined("One.\n", Way.PREFILL, "Two.")).isEqualTo("One.\nTwo.");
        assertThat(joined(" \n", Way.ANEW, " \nTwo.")).isEqualTo(" \nTwo.");
    }

    @Test
    void takesTheWholeTextAwayFromAProviderThatRepeatsIt() {
        String next = SAID + " \nback.";
        for (int cut = 0; cut <= next.length(); cut++) {
            assertThat(cut(SAID + " \n", Way.PREFIX, next, cut)).isEqualTo(SAID + " \nback.");
        }
    }

    @Test
    void keepsWhatSuchAProviderDidNotRepeat() {
        assertThat(joined("The water", Way.PREFIX, " runs")).isEqualTo("The water runs");
        assertThat(joined("The water", Way.PREFIX, "The wa"))
                .as("an end inside")
                .isEqualTo("The waterThe wa");
    }

    @Test
    void takesRepeatedLastWordsAwayHoweverTheyArrive() {
        String next = " down to the turbine, and back up.";
        for (int cut = 0; cut <= next.length(); cut++) {
            assertThat(cut(SAID, Way.WORDS, next, cut)).isEqualTo(SAID + " back up.");
        }
    }

    @Test
    void takesAnAnswerAwayThatIsToldAgainFromTheBeginning() {
        String again = SAID + " back up.";
        for (int cut = 0; cut <= again.length(); cut++) {
            assertThat(cut(SAID, Way.WORDS, again, cut)).isEqualTo(SAID + " back up.");
        }
        String far =
                "w%d ".repeat(200).formatted(new Random(1).ints(200).boxed().toArray());
        assertThat(joined(far, Way.WORDS, far + "end")).isEqualTo(far + "end");
    }

    @Test
    void noticesAnAnswerThatIsToldAnewInOtherWords() {
        Join join = new Join(SAID, Way.WORDS);

        assertThat(join.next(SAID.substring(0, 65) + "but not so")).isEmpty();

        assertThat(join.anew()).isTrue();
    }

    @Test
    void keepsRepetitionsThatCouldBeMeant() {
        assertThat(joined("and the water, and", Way.WORDS, " the water, and"))
                .as("short")
                .isEqualTo("and the water, and the water, and");
        String row = "row your boat, row your boat, ";
        assertThat(joined("Row, " + row, Way.WORDS, row)).as("a refrain").isEqualTo("Row, " + row + row);
        String rule = "| a | b |\n" + "-".repeat(20);
        assertThat(joined(rule, Way.WORDS, "-".repeat(20))).as("no words").isEqualTo(rule + "-".repeat(20));
        String twice = "It runs down to the turbine. Up, and down to the turbine.";
        assertThat(joined(twice, Way.WORDS, " down to the turbine. Up."))
                .as("stands elsewhere too")
                .isEqualTo(twice + " down to the turbine. Up.");
    }

    @Test
    void holdsNothingBackThatCannotBeARepetition() {
        Join join = new Join(SAID, Way.WORDS);

        assertThat(join.next(" x")).isEqualTo(" x");
        assertThat(join.done()).isTrue();
    }

    @Test
    void saysWhatItHeldBackWhenNothingFollows() {
        Join join = new Join(SAID, Way.WORDS);

        assertThat(join.next("down to")).isEmpty();
        assertThat(join.rest()).isEqualTo("down to");
    }

    @Test
    void neverTakesAnythingFromAnExactContinuation() {
        String[] words = {" water", " runs", "\n", "  ", " 😀", ".", " down", "-", " sluice", "é"};
        for (long seed = 1; seed <= 3_000; seed++) {
            Random random = new Random(seed);
            StringBuilder whole = new StringBuilder();
            int count = 5 + random.nextInt(80);
            for (int i = 0; i < count; i++) {
                whole.append(words[random.nextInt(words.length)]);
            }
            int at = random.nextInt(whole.length());
            Way way = random.nextBoolean() ? Way.WORDS : Way.PREFILL;
            int from = way == Way.WORDS
                    ? at
                    : whole.substring(0, at).stripTrailing().length();
            Join join = new Join(whole.substring(0, at), way);
            StringBuilder heard = new StringBuilder(whole.substring(0, at));
            while (from < whole.length()) {
                int to = Math.min(whole.length(), from + 1 + random.nextInt(9));
                heard.append(join.next(whole.substring(from, to)));
                from = to;
            }
            heard.append(join.rest());

            assertThat(heard.toString()).as("seed " + seed).isEqualTo(whole.toString());
        }
    }

    private static String joined(String said, Way way, String next) {
        return cut(said, way, next, next.length());
    }

    /** The whole text when the next provider's comes in two pieces. */
    private static String cut(String said, Way way, String next, int at) {
        Join join = new Join(said, way);
        return said + join.next(next.substring(0, at)) + join.next(next.substring(at)) + join.rest();
    }
}
