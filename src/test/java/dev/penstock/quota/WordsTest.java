// SPDX-License-Identifier: Apache-2.0
package dev.penstock.quota;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.LimitRule;
import dev.penstock.config.LimitRule.AtLimit;
import dev.penstock.config.LimitRule.Fail;
import dev.penstock.config.LimitRule.Period;
import dev.penstock.config.LimitRule.Scope;
import dev.penstock.config.LimitRule.Unit;
import dev.penstock.config.LimitsConfig;
import dev.penstock.exchange.GatewayError;
import dev.penstock.kit.time.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every sentence that a caller is told of limits, for every kind of limit. */
final class WordsTest {

    private static List<GatewayError> all() {
        ManualTime time = new ManualTime();
        Leases book = new Leases(LimitsConfig.NONE, new MemoryLeases(time), "n", () -> 1, time, QuotaListener.NONE);
        List<GatewayError> all = new ArrayList<>();
        for (Scope scope : Scope.values()) {
            for (Unit unit : Unit.values()) {
                for (Period period : Period.values()) {
                    if ((unit == Unit.CONCURRENT) != (period == Period.NONE)) {
                        continue;
                    }
                    LimitRule rule = new LimitRule(
                            scope, "*", "", unit, 1_500_000_000L, period, Fail.CLOSED, false, List.of(), AtLimit.BLOCK);
                    Counter counter = new Counter(book, "key", Words.whose(scope, "x"), rule);
                    all.add(Words.reached(counter, Duration.ofSeconds(5)));
                    all.add(Words.reached(counter, null));
                    all.add(Words.tooLarge(counter, 7));
                    all.add(Words.unreachable(counter));
                    all.add(Words.unpriced(counter, "gpt"));
                }
            }
        }
        return all;
    }

    @Test
    void everyMessageAndEveryHintIsASentenceThatEnds() {
        assertThat(all()).hasSizeGreaterThan(300).allSatisfy(error -> {
            assertThat(error.getMessage()).matches("[A-Z].*[^.]\\.").doesNotContain("null", "  ");
            if (error.hint() != null) {
                assertThat(error.hint()).matches("[A-Z].*[^.]\\.");
            }
        });
    }
}
