// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.converse;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.conversation.Losses;
import dev.penstock.conversation.Reasoning;
import org.jspecify.annotations.Nullable;

/**
 * How much a Claude shall think, in the words of its own API: from 4.6 on it decides by itself and takes an effort, before that it takes a
 * number of tokens, of which an effort is made. Other vendors' models have no common word for it.
 */
final class ConverseThinking {

    private static final String FIELD = "reasoning_effort";
    /** Fewer are refused. */
    private static final long LEAST = 1024;

    private final ConverseModel model;
    private final Losses losses;

    ConverseThinking(ConverseModel model, Losses losses) {
        this.model = model;
        this.losses = losses;
    }

    /**
     * Writes what was asked for.
     *
     * @param maxTokens of the whole answer; the thinking must leave room in it
     * @param forced whether a tool must be called, which a thinking model refuses
     * @return whether the model will think
     */
    boolean write(@Nullable Reasoning reasoning, @Nullable Long maxTokens, boolean forced, ObjectNode additional) {
        if (reasoning == null || "none".equals(reasoning.effort())) {
            return false;
        }
        if (!model.thinks() || forced) {
            losses.add(FIELD);
            return false;
        }
        if (model.thinksAdaptively() && reasoning.budgetTokens() == null) {
            additional.putObject("thinking").put("type", "adaptive");
            String effort = reasoning.effort();
            if (effort != null) {
                additional.putObject("output_config").put("effort", effort.equals("minimal") ? "low" : effort);
            }
            return true;
        }
        long wanted = reasoning.budgetTokens() != null ? reasoning.budgetTokens() : budgetOf(reasoning.effort());
        if (wanted <= 0) {
            return false;
        }
        long budget = Math.max(LEAST, wanted);
        if (maxTokens != null && budget >= maxTokens) {
            budget = maxTokens / 2;
            if (budget < LEAST) {
                losses.add(FIELD);
                return false;
            }
        }
        additional.putObject("thinking").put("type", "enabled").put("budget_tokens", budget);
        return true;
    }

    private static long budgetOf(@Nullable String effort) {
        return switch (effort == null ? "medium" : effort) {
            case "minimal" -> LEAST;
            case "low" -> 2_048;
            case "high" -> 16_384;
            case "xhigh" -> 24_576;
            case "max" -> 32_000;
            default -> 8_192;
        };
    }
}
