// SPDX-License-Identifier: Apache-2.0
package dev.penstock.routing;

import dev.penstock.config.Strategy;
import dev.penstock.config.TargetChoice;
import dev.penstock.config.TargetCost;
import dev.penstock.exchange.RequestFacts;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * The choice for one request: which targets take it, which of these can be asked now, and in which order. Routing and explaining
 * both read it, so that what is explained is what is done.
 *
 * <p>Tier after tier, the targets that take the request and are not out come in the order of the strategy. A target that is out
 * is left away while another one can be asked: no call goes to it after its breaker has opened. When all are out, all that take
 * the request come in their usual order after all, because then only the attempt loop can tell whether a probe may go through,
 * and what the client hears is why, not merely that.
 */
final class Selection {

    /** What became of a target. */
    enum Verdict {
        TAKEN,
        CONDITION,
        CONTEXT_WINDOW,
        OUT
    }

    /** Assumed for the answer of a client that sets no limit, where an estimate is needed: costs of targets are only compared. */
    private static final long USUAL_ANSWER = 500;

    /** Of a target that was never measured and is being asked for the first time: others do not follow before it has answered. */
    private static final double UNMEASURED_NANOS = 1e9;

    private final Strategy strategy;
    private final List<Candidate> candidates;
    private final RequestFacts facts;
    private final RandomGenerator random;
    private final long stickyKey;
    private final Verdict[] verdicts;
    private final int[] order;
    private final double[] scores;
    private int count;
    private boolean allOut;

    private Selection(RoutePlan plan, RequestFacts facts, RandomGenerator random) {
        this.strategy = plan.balance().strategy();
        this.candidates = plan.candidates();
        this.facts = facts;
        this.random = random;
        this.verdicts = new Verdict[candidates.size()];
        this.order = new int[candidates.size()];
        this.scores = new double[candidates.size()];
        this.stickyKey = strategy == Strategy.STICKY ? stickyKey(plan, facts) : 0;
    }

    static Selection of(RoutePlan plan, RequestFacts facts, RandomGenerator random) {
        Selection selection = new Selection(plan, facts, random);
        boolean taken = selection.judge();
        if (taken && selection.count() == 0) {
            selection.allOut = true;
            selection.arrange();
        }
        return selection;
    }

    /** How many targets are tried, in {@link #at}'s order; 0 when none takes the request. */
    int count() {
        return count;
    }

    /** The index of the target that comes at this place. */
    int at(int place) {
        return order[place];
    }

    /** How many targets take the request, those that are out included. */
    int takers() {
        int takers = 0;
        for (Verdict verdict : verdicts) {
            takers += takes(verdict) ? 1 : 0;
        }
        return takers;
    }

    /** The tier that would answer if nothing were out. */
    int firstTier() {
        for (int i = 0; i < verdicts.length; i++) {
            if (takes(verdicts[i])) {
                return candidates.get(i).choice().tier();
            }
        }
        return 1;
    }

    private static boolean takes(Verdict verdict) {
        return verdict == Verdict.TAKEN || verdict == Verdict.OUT;
    }

    Verdict verdict(int index) {
        return verdicts[index];
    }

    /** Whether targets take the request and all of them are out. */
    boolean isAllOut() {
        return allOut;
    }

    /** Whether stickiness has something to hold on to. */
    boolean isSticky() {
        return stickyKey != 0;
    }

    /** Nano-dollars that this request is expected to cost there, or -1. */
    long cost(int index) {
        TargetCost cost = candidates.get(index).choice().cost();
        return cost == null
                ? -1
                : cost.of(facts.tokens(), answerTokens(candidates.get(index).choice()));
    }

    private boolean judge() {
        boolean taken = false;
        for (int i = 0; i < verdicts.length; i++) {
            verdicts[i] = verdict(candidates.get(i));
            taken |= takes(verdicts[i]);
        }
        arrange();
        return taken;
    }

    private Verdict verdict(Candidate candidate) {
        TargetChoice choice = candidate.choice();
        if (choice.when() != null && !choice.when().test(facts)) {
            return Verdict.CONDITION;
        }
        if (choice.contextWindow() > 0 && facts.tokens() + wantedTokens(choice) > choice.contextWindow()) {
            return Verdict.CONTEXT_WINDOW;
        }
        return candidate.signals().usable() ? Verdict.TAKEN : Verdict.OUT;
    }

    /** Most tokens of the answer that the provider is asked for; 0 where nobody sets a limit. */
    private long wantedTokens(TargetChoice choice) {
        long cap = choice.edits().maxTokens();
        long wish = facts.maxTokens();
        return cap == 0 ? wish : wish == 0 ? cap : Math.min(wish, cap);
    }

    private long answerTokens(TargetChoice choice) {
        long wanted = wantedTokens(choice);
        return wanted == 0 ? USUAL_ANSWER : wanted;
    }

    private void arrange() {
        for (int from = 0; from < verdicts.length; ) {
            int tier = candidates.get(from).choice().tier();
            int first = count;
            int to = from;
            while (to < verdicts.length && candidates.get(to).choice().tier() == tier) {
                if (verdicts[to] == Verdict.TAKEN || (allOut && verdicts[to] == Verdict.OUT)) {
                    order[count++] = to;
                }
                to++;
            }
            if (count - first > 1) {
                arrangeTier(first);
            }
            from = to;
        }
    }

    /** Those without weight stay behind the others, whatever the strategy says. */
    private void arrangeTier(int first) {
        int weighty = weightyFirst(first);
        if (strategy == Strategy.STICKY && stickyKey != 0) {
            sortBySticky(first, weighty);
            return;
        }
        draw(first, weighty);
        switch (strategy) {
            case WEIGHTED, STICKY -> {}
            case LATENCY -> sortByLatency(first, weighty);
            case LEAST_BUSY -> {
                for (int place = first; place < weighty; place++) {
                    scores[order[place]] =
                            candidates.get(order[place]).signals().inFlight();
                }
                sort(first, weighty);
            }
            case COST -> {
                for (int place = first; place < weighty; place++) {
                    long cost = cost(order[place]);
                    scores[order[place]] = cost < 0 ? Double.MAX_VALUE : cost;
                }
                sort(first, weighty);
            }
        }
    }

    private int weightyFirst(int first) {
        int weighty = first;
        for (int place = first; place < count; place++) {
            int index = order[place];
            if (candidates.get(index).choice().weight() > 0) {
                System.arraycopy(order, weighty, order, weighty + 1, place - weighty);
                order[weighty++] = index;
            }
        }
        return weighty;
    }

    /** By weight without putting back: the first is drawn among all, the second among the rest. */
    private void draw(int from, int to) {
        long total = 0;
        for (int place = from; place < to; place++) {
            total += weight(place);
        }
        for (int place = from; place < to - 1; place++) {
            long drawn = random.nextLong(total);
            int chosen = place;
            while (drawn >= weight(chosen)) {
                drawn -= weight(chosen++);
            }
            total -= weight(chosen);
            swap(place, chosen);
        }
    }

    private int weight(int place) {
        return candidates.get(order[place]).choice().weight();
    }

    private void swap(int a, int b) {
        int index = order[a];
        order[a] = order[b];
        order[b] = index;
    }

    /**
     * Two are drawn and the better one goes first ("the power of two choices", Mitzenmacher 2001): always to take the best of all
     * would send everybody to it until it is the worst. The others follow from good to bad, for fallbacks. What stands at {@code to}
     * has no weight and is not drawn.
     */
    private void sortByLatency(int from, int to) {
        for (int place = from; place < to; place++) {
            scores[order[place]] = load(candidates.get(order[place]));
        }
        if (to - from > 1 && scores[order[from + 1]] < scores[order[from]]) {
            swap(from, from + 1);
        }
        sort(from + 1, to);
    }

    /** The time to the first token, once more for each attempt that is under way already. */
    private static double load(Candidate candidate) {
        long nanos = candidate.signals().firstTokenNanos();
        int inFlight = candidate.signals().inFlight();
        if (nanos > 0) {
            return (double) nanos * (inFlight + 1);
        }
        return inFlight == 0 ? 0 : UNMEASURED_NANOS * (inFlight + 1);
    }

    /**
     * Rendezvous hashing with weights: each pair of key and target has a number, the greatest wins. When a target is out its keys
     * move to the second greatest, which differs from key to key, all others stay, and all come back with it.
     */
    private void sortBySticky(int from, int to) {
        for (int place = from; place < to; place++) {
            Candidate candidate = candidates.get(order[place]);
            double unit = Hash.unit(Hash.of(stickyKey, candidate.hash()));
            scores[order[place]] = -Math.log(unit) / candidate.choice().weight();
        }
        sort(from, to);
    }

    /** By score, the lowest first; equal ones stay as they are. A handful of targets, so insertion. */
    private void sort(int from, int to) {
        for (int place = from + 1; place < to; place++) {
            int index = order[place];
            int at = place;
            while (at > from && scores[order[at - 1]] > scores[index]) {
                order[at] = order[at - 1];
                at--;
            }
            order[at] = index;
        }
    }

    /** 0 where the request has none. */
    private static long stickyKey(RoutePlan plan, RequestFacts facts) {
        return switch (plan.balance().stickyBy()) {
            case TENANT -> facts.tenant().isEmpty() ? 0 : Hash.of(facts.tenant());
            case USER -> facts.user().isEmpty() ? 0 : Hash.of(facts.user());
            case PROMPT -> facts.prefixHash();
        };
    }
}
