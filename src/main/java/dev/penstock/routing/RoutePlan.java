// SPDX-License-Identifier: Apache-2.0
package dev.penstock.routing;

import dev.penstock.config.Balance;
import dev.penstock.exchange.RequestFacts;
import dev.penstock.routing.Route.LeftOut;
import dev.penstock.routing.Route.RouteTarget;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * What there is to decide for one name. A name with a single target that takes everything has nothing to decide: its answer is
 * made once. The same answer serves where all targets are well and simply follow each other.
 */
final class RoutePlan {

    private final Route whole;
    private final Future<Route> answer;
    private final Balance balance;
    private final List<Candidate> candidates;
    private final boolean decided;

    RoutePlan(Route whole, Balance balance, List<Candidate> candidates) {
        this.whole = whole;
        this.answer = Future.succeededFuture(whole);
        this.balance = balance;
        this.candidates = List.copyOf(candidates);
        this.decided = candidates.size() == 1
                && candidates.get(0).choice().when() == null
                && candidates.get(0).choice().contextWindow() == 0;
    }

    Balance balance() {
        return balance;
    }

    /** In the order of their tiers. */
    List<Candidate> candidates() {
        return candidates;
    }

    String name() {
        return whole.alias();
    }

    Future<Route> route(RequestFacts facts, RandomGenerator random) {
        if (decided) {
            return answer;
        }
        Selection selection = Selection.of(this, facts, random);
        if (selection.count() == 0) {
            return Future.failedFuture(NoTarget.of(this, selection));
        }
        return isWhole(selection)
                ? answer
                : Future.succeededFuture(
                        whole.to(targets(selection), selection.firstTier(), selection.takers(), leftOut(selection)));
    }

    Explanation explain(RequestFacts facts, RandomGenerator random) {
        return Explanation.of(this, Selection.of(this, facts, random));
    }

    private boolean isWhole(Selection selection) {
        for (int place = 0; place < selection.count(); place++) {
            if (selection.at(place) != place) {
                return false;
            }
        }
        return selection.count() == candidates.size();
    }

    private List<LeftOut> leftOut(Selection selection) {
        if (selection.count() == candidates.size()) {
            return List.of();
        }
        List<LeftOut> others = new ArrayList<>(candidates.size() - selection.count());
        for (int i = 0; i < candidates.size(); i++) {
            Candidate candidate = candidates.get(i);
            String why =
                    switch (selection.verdict(i)) {
                        case CONDITION -> "condition";
                        case CONTEXT_WINDOW -> "context_window";
                        case OUT ->
                            selection.isAllOut() ? "" : candidate.signals().outWhy();
                        case TAKEN -> "";
                    };
            if (!why.isEmpty()) {
                others.add(new LeftOut(candidate.choice().target(), why));
            }
        }
        return others;
    }

    private List<RouteTarget> targets(Selection selection) {
        RouteTarget[] targets = new RouteTarget[selection.count()];
        for (int place = 0; place < targets.length; place++) {
            targets[place] = candidates.get(selection.at(place)).target();
        }
        return List.of(targets);
    }
}
