// SPDX-License-Identifier: Apache-2.0
package dev.penstock.routing;

import dev.penstock.config.Balance;
import dev.penstock.exchange.RequestTest;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.TargetSignals;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * Why a request would go where it would go, without sending it. Read off the very {@link Selection} that routing makes, so
 * where chance has a part, it is one draw of many.
 *
 * @param model the name that was asked for
 * @param balance how its targets share requests
 * @param held for sticky: whether the request has what it is to stick by
 * @param allOut whether targets take the request and all of them are out
 * @param steps one per target: those that would be tried in their order, then the others
 */
public record Explanation(String model, Balance balance, boolean held, boolean allOut, List<Step> steps) {

    public Explanation {
        steps = List.copyOf(steps);
    }

    /** What speaks for or against a target. The label is part of the admin API. */
    public enum Reason {
        /** Asked first. */
        FIRST,
        /** Of the same tier; asked when the ones before it fail. */
        NEXT,
        /** Of a later tier; asked when the earlier tiers fail. */
        LATER_TIER,
        /** Its breaker lets nothing through, like those of all others: asked nevertheless, which may probe. */
        ALL_OUT,
        /** Its breaker lets nothing through. */
        OUT,
        /** Its condition is not true of this request. */
        CONDITION,
        /** Prompt and answer do not fit. */
        CONTEXT_WINDOW;

        private final String label = name().toLowerCase(Locale.ROOT);

        public String label() {
            return label;
        }
    }

    /**
     * One target.
     *
     * @param position from 1; 0 when it would not be asked
     * @param weight its weight, after those of models in between
     * @param share of the requests of its tier that weight alone gives it among the targets that take this one, 0 to 1
     * @param condition as the configuration has it; empty where there is none
     * @param contextWindow in tokens; 0 where that is not said
     * @param standing of its breaker, for a person; empty where there is nothing to say
     * @param firstTokenNanos moving average of the time to the first token; 0 while unknown
     * @param costNanos nano-dollars that this request is expected to cost there; -1 where unknown
     */
    public record Step(
            Target target,
            int tier,
            int position,
            Reason reason,
            int weight,
            double share,
            String condition,
            long contextWindow,
            String standing,
            int inFlight,
            long firstTokenNanos,
            long costNanos) {}

    static Explanation of(RoutePlan plan, Selection selection) {
        List<Step> steps = new ArrayList<>();
        int[] positions = new int[plan.candidates().size()];
        for (int place = 0; place < selection.count(); place++) {
            positions[selection.at(place)] = place + 1;
        }
        for (int i = 0; i < positions.length; i++) {
            steps.add(step(plan, selection, i, positions[i]));
        }
        steps.sort(Comparator.comparingInt(step -> step.position() == 0 ? Integer.MAX_VALUE : step.position()));
        return new Explanation(plan.name(), plan.balance(), selection.isSticky(), selection.isAllOut(), steps);
    }

    private static Step step(RoutePlan plan, Selection selection, int index, int position) {
        Candidate candidate = plan.candidates().get(index);
        TargetSignals signals = candidate.signals();
        RequestTest when = candidate.choice().when();
        return new Step(
                candidate.choice().target(),
                candidate.choice().tier(),
                position,
                reason(plan, selection, index, position),
                candidate.choice().weight(),
                share(plan, selection, index, position),
                when == null ? "" : when.text(),
                candidate.choice().contextWindow(),
                signals.standing(),
                signals.inFlight(),
                signals.firstTokenNanos(),
                selection.cost(index));
    }

    private static Reason reason(RoutePlan plan, Selection selection, int index, int position) {
        return switch (selection.verdict(index)) {
            case CONDITION -> Reason.CONDITION;
            case CONTEXT_WINDOW -> Reason.CONTEXT_WINDOW;
            case OUT -> position == 0 ? Reason.OUT : Reason.ALL_OUT;
            case TAKEN ->
                position == 1 ? Reason.FIRST : isOfFirstTier(plan, selection, index) ? Reason.NEXT : Reason.LATER_TIER;
        };
    }

    private static boolean isOfFirstTier(RoutePlan plan, Selection selection, int index) {
        return tier(plan, index) == tier(plan, selection.at(0));
    }

    private static double share(RoutePlan plan, Selection selection, int index, int position) {
        long total = 0;
        for (int place = 0; place < selection.count(); place++) {
            if (tier(plan, selection.at(place)) == tier(plan, index)) {
                total += plan.candidates().get(selection.at(place)).choice().weight();
            }
        }
        int weight = plan.candidates().get(index).choice().weight();
        return position == 0 ? 0 : total == 0 ? 1 : (double) weight / total;
    }

    private static int tier(RoutePlan plan, int index) {
        return plan.candidates().get(index).choice().tier();
    }
}
