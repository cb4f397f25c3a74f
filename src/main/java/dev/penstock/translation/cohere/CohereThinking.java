// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.cohere;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.conversation.Losses;
import dev.penstock.conversation.Reasoning;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How much the model shall think: {@code thinking}, which is on or off and has a number of tokens for a limit. An effort becomes such
 * a number; the greatest one is no limit. Models of older families do not think; one that nobody knows yet is asked for it.
 */
final class CohereThinking {

    private static final String[] DO_NOT_THINK = {
        "command-r",
        "command-light",
        "command-nightly",
        "command-a-03",
        "command-a-vision",
        "command-a-translate",
        "c4ai-",
        "aya-",
        "tiny-aya"
    };

    private static final long UNLIMITED = -1;

    private final boolean thinks;
    private final Losses losses;

    CohereThinking(String model, Losses losses) {
        this.thinks = thinks(model.toLowerCase(Locale.ROOT));
        this.losses = losses;
    }

    private static boolean thinks(String model) {
        if (model.contains("reasoning")) {
            return true;
        }
        for (String family : DO_NOT_THINK) {
            if (model.startsWith(family)) {
                return false;
            }
        }
        return !model.equals("command");
    }

    /**
     * Writes what was asked for.
     *
     * @param maxTokens of the whole answer, or null; the thinking must leave room in it
     */
    void write(@Nullable Reasoning asked, @Nullable Long maxTokens, ObjectNode body) {
        if (asked == null) {
            return;
        }
        long budget = budget(asked);
        if (!thinks) {
            if (budget != 0) {
                losses.add("reasoning_effort");
            }
            return;
        }
        ObjectNode thinking = body.putObject("thinking");
        if (budget == 0) {
            thinking.put("type", "disabled");
            return;
        }
        thinking.put("type", "enabled");
        if (budget > 0) {
            thinking.put("token_budget", maxTokens == null || budget < maxTokens ? budget : Math.max(1, maxTokens / 2));
        }
    }

    /** 0 for none at all. */
    private static long budget(Reasoning asked) {
        Long said = asked.budgetTokens();
        if (said != null) {
            return Math.max(UNLIMITED, said);
        }
        String effort = asked.effort();
        return switch (effort == null ? "" : effort) {
            case "none" -> 0;
            case "minimal" -> 1_024;
            case "low" -> 2_048;
            case "medium" -> 8_192;
            case "high" -> 16_384;
            case "xhigh" -> 24_576;
            default -> UNLIMITED;
        };
    }
}
