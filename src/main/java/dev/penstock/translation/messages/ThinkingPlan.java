// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.messages;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.conversation.Conversation;
import dev.penstock.conversation.Losses;
import dev.penstock.conversation.Reasoning;
import dev.penstock.conversation.ToolChoice;
import org.jspecify.annotations.Nullable;

/**
 * How much the model thinks, and how long its answer may be, which depend on each other: the limit holds the thoughts, a budget is at least
 * 1024 and smaller than the limit. Models since 4.6 decide by themselves within an effort; older ones know a budget only. Source:
 * Anthropic, "Extended thinking" and "Adaptive thinking".
 *
 * @param type {@code enabled}, {@code adaptive}, {@code disabled}, or null when nothing is said
 * @param budget with {@code enabled}
 * @param effort for {@code output_config}, or null
 * @param display {@code summarized}, {@code omitted}, or null
 */
record ThinkingPlan(
        long maxTokens,
        @Nullable String type,
        long budget,
        @Nullable String effort,
        @Nullable String display) {

    private static final long LEAST_BUDGET = 1024;
    /** From here on a model can decide by itself; this one still takes a budget. */
    private static final int ADAPTIVE = 406;

    private static final int WITHOUT_BUDGET = 407;

    /**
     * Makes the plan.
     *
     * @param lacksThought whether the turn that goes on began without a thought of Anthropic's, after which a budget is refused
     */
    static ThinkingPlan of(
            Conversation conversation, String model, long defaultMaxTokens, boolean lacksThought, Losses losses) {
        Reasoning wish = conversation.reasoning();
        Long said = conversation.sampling().maxTokens();
        long limit = said == null ? defaultMaxTokens : said;
        if (wish == null) {
            return new ThinkingPlan(limit, null, 0, null, null);
        }
        if ("none".equals(wish.effort())) {
            return new ThinkingPlan(limit, "disabled", 0, null, null);
        }
        ToolChoice.Kind choice = conversation.toolChoice().kind();
        if (choice == ToolChoice.Kind.REQUIRED || choice == ToolChoice.Kind.NAMED) {
            // A forced call and thinking exclude each other, and the call is what the client cannot do without.
            losses.add("reasoning");
            return new ThinkingPlan(limit, null, 0, null, null);
        }
        String display = wish.summary() == null ? null : wish.summary().equals("omitted") ? "omitted" : "summarized";
        int version = version(model);
        boolean decidesItself = version >= ADAPTIVE || wish.adaptive();
        if (version >= WITHOUT_BUDGET || (decidesItself && wish.budgetTokens() == null)) {
            return new ThinkingPlan(limit, "adaptive", 0, effort(wish), display);
        }
        long budget = Math.max(LEAST_BUDGET, wish.budgetTokens() == null ? budget(wish.effort()) : wish.budgetTokens());
        if (said == null && budget >= limit) {
            limit = budget + defaultMaxTokens;
        }
        budget = Math.min(budget, limit - 1);
        if (budget < LEAST_BUDGET || lacksThought) {
            losses.add("reasoning");
            return new ThinkingPlan(limit, null, 0, null, null);
        }
        return new ThinkingPlan(limit, "enabled", budget, null, display);
    }

    boolean thinks() {
        return type != null && !type.equals("disabled");
    }

    void write(ObjectNode request) {
        if (type == null) {
            return;
        }
        ObjectNode thinking = request.putObject("thinking").put("type", type);
        if (type.equals("enabled")) {
            thinking.put("budget_tokens", budget);
        }
        if (display != null) {
            thinking.put("display", display);
        }
        if (effort != null) {
            request.withObject("/output_config").put("effort", effort);
        }
    }

    private static long budget(@Nullable String effort) {
        return switch (effort == null ? "medium" : effort) {
            case "minimal" -> LEAST_BUDGET;
            case "low" -> 2_048;
            case "high" -> 16_384;
            case "xhigh", "max" -> 32_768;
            default -> 8_192;
        };
    }

    /** The nearest effort to what was asked; newer models refuse a budget. */
    private static @Nullable String effort(Reasoning wish) {
        if (wish.effort() != null) {
            return wish.effort().equals("minimal") ? "low" : wish.effort();
        }
        Long budget = wish.budgetTokens();
        if (budget == null) {
            return null;
        }
        return budget <= 2_048 ? "low" : budget <= 8_192 ? "medium" : "high";
    }

    /**
     * What the model's name says of its version: 406 for {@code claude-opus-4-6}, 500 for {@code claude-sonnet-5-20270101}. A name that
     * says nothing is taken for an old one, because those refuse what is new.
     */
    static int version(String model) {
        int at = model.indexOf("claude-");
        if (at < 0) {
            return 0;
        }
        String[] words = model.substring(at).split("[-.@:]", -1);
        for (int i = 1; i < words.length; i++) {
            int major = shortNumber(words[i]);
            if (major >= 0) {
                int minor = i + 1 < words.length ? shortNumber(words[i + 1]) : 0;
                return major * 100 + Math.max(0, minor);
            }
        }
        return 0;
    }

    /** A number of one or two digits; dates are longer. */
    private static int shortNumber(String word) {
        boolean digits = !word.isEmpty() && word.length() <= 2 && word.chars().allMatch(c -> c >= '0' && c <= '9');
        return digits ? Integer.parseInt(word) : -1;
    }
}
