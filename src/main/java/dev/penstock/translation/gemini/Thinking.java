// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.conversation.Losses;
import dev.penstock.conversation.Reasoning;
import org.jspecify.annotations.Nullable;

/**
 * How much to think, in the words of the model's generation: a budget of tokens for Gemini 2.5, a level from Gemini 3 on. Efforts and
 * budgets stand for each other as in Google's own OpenAI endpoint: low is 1,024 tokens, medium 8,192, high 24,576 (Gemini API, "OpenAI
 * compatibility", 2026).
 */
final class Thinking {

    private static final long LOW = 1_024;
    private static final long MEDIUM = 8_192;
    private static final long HIGH = 24_576;
    /** Ranges of Gemini 2.5 (Gemini API, "Thinking", 2025). */
    private static final long PRO_LEAST = 128;

    private static final long PRO_MOST = 32_768;
    private static final long LITE_LEAST = 512;
    private static final long FLASH_MOST = 24_576;
    private static final long DYNAMIC = -1;

    private static final String LOSS = "reasoning_effort";

    private Thinking() {}

    /** The {@code thinkingConfig}, or null where the model has none or the default is meant. */
    static @Nullable JsonNode config(@Nullable Reasoning asked, GeminiModel model, Losses losses) {
        if (asked == null) {
            return null;
        }
        if (!model.thinksByLevel() && !model.thinksByBudget()) {
            if (!"none".equals(asked.effort())) {
                losses.add(LOSS);
            }
            return null;
        }
        ObjectNode config = JsonNodeFactory.instance.objectNode();
        if (model.thinksByLevel()) {
            level(asked, model, losses, config);
        } else {
            budget(asked, model, losses, config);
        }
        if (!isOff(asked) && !"omitted".equals(asked.summary())) {
            config.put("includeThoughts", true);
        }
        return config.isEmpty() ? null : config;
    }

    private static boolean isOff(Reasoning asked) {
        Long budget = asked.budgetTokens();
        return "none".equals(asked.effort()) || (asked.effort() == null && budget != null && budget == 0);
    }

    private static void level(Reasoning asked, GeminiModel model, Losses losses, ObjectNode config) {
        String effort = asked.effort();
        Long budget = asked.budgetTokens();
        String fromBudget = (budget == null || budget < 0) ? null : effort(budget);
        String word = effort != null ? effort : fromBudget;
        if (word == null) {
            return;
        }
        switch (word) {
            case "none", "minimal" -> {
                // Thinking cannot be switched off; the least is the nearest.
                config.put("thinkingLevel", model.pro() ? "LOW" : "MINIMAL");
                if (word.equals("none")) {
                    losses.add(LOSS);
                }
            }
            case "low" -> config.put("thinkingLevel", "LOW");
            case "medium" -> config.put("thinkingLevel", model.hasMediumLevel() ? "MEDIUM" : "HIGH");
            case "high", "xhigh", "max" -> config.put("thinkingLevel", "HIGH");
            default -> losses.add(LOSS);
        }
    }

    private static String effort(long budget) {
        if (budget == 0) {
            return "none";
        }
        return budget <= LOW ? "low" : budget <= MEDIUM ? "medium" : "high";
    }

    private static void budget(Reasoning asked, GeminiModel model, Losses losses, ObjectNode config) {
        Long said = asked.budgetTokens();
        if (said != null) {
            config.put("thinkingBudget", said < 0 ? DYNAMIC : within(said, model, losses));
            return;
        }
        String effort = asked.effort();
        if (effort == null) {
            if (asked.adaptive()) {
                config.put("thinkingBudget", DYNAMIC);
            }
            return;
        }
        switch (effort) {
            case "none" -> config.put("thinkingBudget", within(0, model, losses));
            case "minimal", "low" -> config.put("thinkingBudget", LOW);
            case "medium" -> config.put("thinkingBudget", MEDIUM);
            case "high" -> config.put("thinkingBudget", HIGH);
            case "xhigh", "max" -> config.put("thinkingBudget", most(model));
            default -> losses.add(LOSS);
        }
    }

    private static long within(long budget, GeminiModel model, Losses losses) {
        if (budget == 0 && !model.pro()) {
            return 0;
        }
        if (budget == 0) {
            losses.add(LOSS);
        }
        long least = model.pro() ? PRO_LEAST : model.lite() ? LITE_LEAST : 1;
        return Math.clamp(budget, least, most(model));
    }

    private static long most(GeminiModel model) {
        return model.pro() ? PRO_MOST : FLASH_MOST;
    }
}
