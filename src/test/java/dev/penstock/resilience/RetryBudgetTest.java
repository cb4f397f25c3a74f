// SPDX-License-Identifier: Apache-2.0
package dev.penstock.resilience;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A tenth of the calls, and a few for a quiet gateway. */
final class RetryBudgetTest {

    private final RetryBudget budget = new RetryBudget();

    @Test
    void aQuietGatewayMayRetryThreeTimes() {
        assertThat(List.of(budget.trySpend(), budget.trySpend(), budget.trySpend(), budget.trySpend()))
                .containsExactly(true, true, true, false);
    }

    @Test
    void whereEveryCallWantsARetryATenthOfThemGetsOne() {
        int extra = 0;
        for (int i = 0; i < 10_000; i++) {
            budget.called();
            extra += budget.trySpend() ? 1 : 0;
        }
        assertThat(extra).isBetween(1_000, 1_003);
    }

    @Test
    void noMoreThanAHundredAreSaved() {
        for (int i = 0; i < 100_000; i++) {
            budget.called();
        }
        assertThat(budget.credits()).isEqualTo(100);
        int extra = 0;
        while (budget.trySpend()) {
            extra++;
        }
        assertThat(extra).isEqualTo(100);
    }

    @Test
    void noCreditIsSpentTwiceByThreadsThatComeTogether() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<Integer>> running = new ArrayList<>();
            for (int t = 0; t < 4; t++) {
                running.add(threads.submit(() -> {
                    int extra = 0;
                    for (int i = 0; i < 10_000; i++) {
                        budget.called();
                        extra += budget.trySpend() ? 1 : 0;
                    }
                    return extra;
                }));
            }
            int all = 0;
            for (Future<Integer> each : running) {
                all += each.get(60, TimeUnit.SECONDS);
            }
            assertThat(all + budget.credits()).isBetween(4_000L, 4_003L);
        } finally {
            threads.shutdownNow();
        }
    }
}
