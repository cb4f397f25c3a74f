// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.util.Collection;
import java.util.Optional;

/** Finds the name that was probably meant. */
public final class Nearest {

    private static final int LONGEST = 100;

    private Nearest() {}

    /** {@code  Did you mean "x"?} with a leading blank, or nothing when no name is near. */
    static String didYouMean(String typed, Collection<String> known) {
        return find(typed, known).map(name -> " Did you mean \"" + name + "\"?").orElse("");
    }

    /** The known name that was most likely meant. Long inputs are nobody's typing error, and the search costs length squared. */
    public static Optional<String> find(String typed, Collection<String> known) {
        if (typed.length() > LONGEST) {
            return Optional.empty();
        }
        String best = null;
        int bestDistance = tolerance(typed.length()) + 1;
        for (String candidate : known) {
            int distance = distance(simplified(typed), simplified(candidate));
            if (distance < bestDistance) {
                bestDistance = distance;
                best = candidate;
            }
        }
        return Optional.ofNullable(best);
    }

    private static int tolerance(int length) {
        return length <= 4 ? 1 : length <= 8 ? 2 : 3;
    }

    /** Case and the kind of dash are no difference that a person would call a different name. */
    private static String simplified(String name) {
        return name.toLowerCase(java.util.Locale.ROOT).replace('-', '_');
    }

    /** Edits between two words where swapping two neighbours counts once (optimal string alignment). */
    private static int distance(String a, String b) {
        int[][] cost = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            cost[i][0] = i;
        }
        for (int j = 0; j <= b.length(); j++) {
            cost[0][j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            for (int j = 1; j <= b.length(); j++) {
                int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                cost[i][j] = Math.min(Math.min(cost[i - 1][j], cost[i][j - 1]) + 1, cost[i - 1][j - 1] + change);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    cost[i][j] = Math.min(cost[i][j], cost[i - 2][j - 2] + 1);
                }
            }
        }
        return cost[a.length()][b.length()];
    }
}
