// SPDX-License-Identifier: Apache-2.0
package dev.penstock.routing;

import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import java.util.ArrayList;
import java.util.List;

/** What a client hears whose request no target of the model takes: in numbers, without names or conditions of the operator. */
final class NoTarget {

    private NoTarget() {}

    static GatewayError of(RoutePlan plan, Selection selection) {
        int conditions = 0;
        long largest = 0;
        for (int i = 0; i < plan.candidates().size(); i++) {
            if (selection.verdict(i) == Selection.Verdict.CONDITION) {
                conditions++;
            } else {
                largest = Math.max(largest, plan.candidates().get(i).choice().contextWindow());
            }
        }
        List<String> reasons = new ArrayList<>();
        if (largest > 0) {
            reasons.add("prompt and answer together are more than " + largest + " tokens");
        }
        if (conditions > 0) {
            reasons.add((conditions == 1 ? "one is" : conditions + " are") + " for other requests");
        }
        return GatewayError.builder(
                        Kind.INVALID_REQUEST,
                        "No target of the model \"" + plan.name() + "\" takes this request: "
                                + String.join(", and ", reasons) + ".")
                .param("model")
                .code("no_target")
                .hint("Send less, ask for a shorter answer, or use another model. Who runs the gateway can see why with"
                        + " penstock explain.")
                .build();
    }
}
