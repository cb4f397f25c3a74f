// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.converse;

import java.util.Locale;
import java.util.Set;

/**
 * What must be known of a model to speak to it. Converse hides most differences between models, not all: what follows is read from
 * the model's id ({@code us.anthropic.claude-sonnet-4-5-20250929-v1:0}). An ARN of an account's own profile tells nothing; such a
 * model is asked for everything, and refuses what it cannot do.
 *
 * @param generation of a Claude model, times ten: 37 for 3.7; 0 when the id does not tell
 */
record ConverseModel(Vendor vendor, int generation) {

    /** Who made it, as far as that matters. */
    enum Vendor {
        CLAUDE,
        NOVA,
        OTHER,
        UNKNOWN
    }

    private static final Set<String> OTHERS = Set.of(
            "meta",
            "mistral",
            "cohere",
            "ai21",
            "deepseek",
            "openai",
            "qwen",
            "writer",
            "google",
            "minimax",
            "moonshot",
            "moonshotai",
            "nvidia",
            "stability",
            "zai",
            "titan",
            "luma",
            "twelvelabs");

    static ConverseModel of(String id) {
        String name = id.toLowerCase(Locale.ROOT);
        int claude = name.lastIndexOf("claude");
        if (claude >= 0) {
            return new ConverseModel(Vendor.CLAUDE, generationAfter(name, claude));
        }
        if (name.contains("amazon.nova")) {
            return new ConverseModel(Vendor.NOVA, 0);
        }
        for (int from = 0, at = 0; at <= name.length(); at++) {
            if (at == name.length() || !Character.isLetterOrDigit(name.charAt(at))) {
                if (OTHERS.contains(name.substring(from, at))) {
                    return new ConverseModel(Vendor.OTHER, 0);
                }
                from = at + 1;
            }
        }
        return new ConverseModel(Vendor.UNKNOWN, 0);
    }

    /** The first number of one or two digits is the generation, one right behind it its tenth; longer ones are dates. */
    private static int generationAfter(String name, int claude) {
        int major = -1;
        for (int from = claude, at = claude; at <= name.length(); at++) {
            if (at < name.length() && Character.isLetterOrDigit(name.charAt(at))) {
                continue;
            }
            int number = smallNumber(name, from, at);
            if (major >= 0) {
                return major * 10 + Math.clamp(number, 0, 9);
            }
            major = number;
            from = at + 1;
        }
        return Math.max(0, major * 10);
    }

    private static int smallNumber(String text, int from, int to) {
        if (from == to || to - from > 2) {
            return -1;
        }
        int number = 0;
        for (int i = from; i < to; i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return -1;
            }
            number = number * 10 + (c - '0');
        }
        return number;
    }

    boolean isClaude() {
        return vendor == Vendor.CLAUDE;
    }

    /** Prompt caching by {@code cachePoint}; other vendors' models answer it with a ValidationException. */
    boolean takesCachePoints() {
        return vendor != Vendor.OTHER;
    }

    /** Structured output by {@code outputConfig} (user guide, "Structured outputs", 2026): no Nova, and Claude from 4.5 on. */
    boolean takesOutputConfig() {
        return vendor != Vendor.NOVA && (vendor != Vendor.CLAUDE || generation >= 45);
    }

    /**
     * Goes on with a last message of the assistant. Claude does up to 4.5; from 4.6 on it is a ValidationException ("does not support
     * assistant message prefill"), as it is for the models of most other vendors here.
     */
    boolean takesPrefill() {
        return vendor == Vendor.CLAUDE && generation > 0 && generation < 46;
    }

    boolean thinks() {
        return vendor == Vendor.CLAUDE && generation >= 37;
    }

    /** Decides by itself how much to think, and takes an effort. */
    boolean thinksAdaptively() {
        return vendor == Vendor.CLAUDE && generation >= 46;
    }

    /** Refuses temperature and top_p together. */
    boolean takesOneOfTemperatureAndTopP() {
        return vendor == Vendor.CLAUDE && generation >= 41;
    }
}
