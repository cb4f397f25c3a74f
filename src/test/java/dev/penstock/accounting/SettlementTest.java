// SPDX-License-Identifier: Apache-2.0
package dev.penstock.accounting;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.Outcome;
import dev.penstock.exchange.Usage;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class SettlementTest {

    private final List<ExchangeRecord> heard = new ArrayList<>();

    @Test
    void settlesOnceAndTellsTheSecondCallerSo() {
        Settlement settlement = new Settlement(heard::add);

        boolean first = settlement.settle(ending(Outcome.CANCELLED));
        boolean second = settlement.settle(ending(Outcome.TRUNCATED));

        assertThat(first).isTrue();
        assertThat(second).isFalse();
        assertThat(heard).extracting(ExchangeRecord::outcome).containsExactly(Outcome.CANCELLED);
        assertThat(settlement.isSettled()).isTrue();
    }

    @Test
    void isSettledBeforeTheListenerHearsSoThatAListenerCannotSettleAgain() {
        Settlement[] self = new Settlement[1];
        List<Boolean> nested = new ArrayList<>();
        self[0] = new Settlement(e -> nested.add(self[0].settle(e)));

        self[0].settle(ending(Outcome.OK));

        assertThat(nested).containsExactly(false);
    }

    @Test
    void aListenerThatThrowsHurtsNobodyElse() {
        List<String> bugs = new ArrayList<>();
        SettlementListener broken = e -> {
            throw new IllegalStateException("meter");
        };
        SettlementListeners all = new SettlementListeners(
                List.of(broken, heard::add), (listener, bug) -> bugs.add(bug.getMessage() + (listener == broken)));

        new Settlement(all).settle(ending(Outcome.OK));

        assertThat(heard).hasSize(1);
        assertThat(bugs).containsExactly("metertrue");
    }

    private static ExchangeRecord ending(Outcome outcome) {
        return new ExchangeRecord(
                new UUID(0, 1),
                "req_1",
                null,
                Instant.EPOCH,
                ApiSchema.OPENAI_CHAT,
                null,
                null,
                false,
                outcome,
                200,
                null,
                null,
                Usage.NONE,
                0,
                List.of(),
                null,
                0,
                0,
                0,
                1,
                -1,
                0,
                0,
                -1,
                Set.of(),
                -1,
                ExchangeRecord.Caller.NOBODY,
                -1,
                "",
                List.of(),
                List.of(),
                ExchangeRecord.Times.NONE);
    }
}
