// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.gemini;

import java.util.Locale;

/**
 * What the name of a model tells about it: {@code gemini-2.5-flash-lite}, {@code models/gemini-3.1-pro-preview},
 * {@code publishers/google/models/gemini-2.0-flash-001}. A name without a version ({@code gemini-flash-latest}, a tuned endpoint) stands
 * for the newest.
 *
 * @param version times ten: 25 for 2.5
 * @param pro the large one of its generation, which cannot do without thinking
 * @param lite the small one
 */
record GeminiModel(int version, boolean pro, boolean lite) {

    private static final int NEWEST = 1000;
    private static final String FAMILY = "gemini-";

    static GeminiModel of(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        int family = lower.lastIndexOf(FAMILY);
        int version = family < 0 ? NEWEST : version(lower, family + FAMILY.length());
        return new GeminiModel(version, lower.contains("-pro"), lower.contains("lite"));
    }

    private static int version(String name, int from) {
        int at = from;
        int major = 0;
        while (at < name.length() && isDigit(name.charAt(at)) && major < NEWEST) {
            major = major * 10 + (name.charAt(at++) - '0');
        }
        if (at == from || major > 99) {
            return NEWEST;
        }
        boolean minor = at + 1 < name.length() && name.charAt(at) == '.' && isDigit(name.charAt(at + 1));
        return major * 10 + (minor ? name.charAt(at + 1) - '0' : 0);
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    /** Levels took the place of budgets with Gemini 3, and the two exclude each other. */
    boolean thinksByLevel() {
        return version >= 30;
    }

    boolean thinksByBudget() {
        return version >= 25 && !thinksByLevel();
    }

    /** Gemini 3 and later answer 400 when the first call of a step has no thought signature. */
    boolean demandsSignatures() {
        return version >= 30;
    }

    /** Earlier ones match results to calls by name and order; Vertex v1 refused the field with them. */
    boolean knowsCallIds() {
        return version >= 30;
    }

    /** Pictures and documents inside a function response. */
    boolean takesMediaInResults() {
        return version >= 30;
    }

    /** The whole of JSON Schema, in {@code parametersJsonSchema} and {@code responseJsonSchema}; earlier ones take the OpenAPI subset. */
    boolean takesJsonSchema() {
        return version >= 25;
    }

    /** Only the first Gemini 3 Pro has no level between low and high. */
    boolean hasMediumLevel() {
        return !(pro && version == 30);
    }
}
