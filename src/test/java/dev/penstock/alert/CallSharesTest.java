// SPDX-License-Identifier: Apache-2.0
package dev.penstock.alert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.penstock.accounting.ExchangeRecord;
import dev.penstock.accounting.ExchangeRecord.Caller;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.Outcome;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.Usage;
import dev.penstock.kit.time.ManualTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class CallSharesTest {

    private final ManualTime time = new ManualTime();
    private final CallShares shares = new CallShares(time);

    @Test
    void fewCallsTellNothing() {
        settle("chat", Outcome.UPSTREAM_ERROR, 19);
        assertThat(shares.errors()).isEmpty();
        settle("chat", Outcome.OK, 1);
        assertThat(shares.errors().get("chat")).isEqualTo(0.95, within(1e-9));
    }

    @Test
    void onlyTheLastFiveMinutesCount() {
        settle("chat", Outcome.TIMEOUT, 20);
        time.advance(Duration.ofMinutes(4));
        settle("chat", Outcome.OK, 60);
        assertThat(shares.errors().get("chat")).isEqualTo(0.25, within(1e-9));
        time.advance(Duration.ofMinutes(1));
        assertThat(shares.errors()).isEqualTo(Map.of("chat", 0.0));
        time.advance(Duration.ofMinutes(10));
        assertThat(shares.errors()).isEmpty();
    }

    @Test
    void whatTheClientDidAndWhatALimitSaidAreNoFailures() {
        settle("chat", Outcome.CLIENT_ERROR, 10);
        settle("chat", Outcome.CANCELLED, 10);
        settle("chat", Outcome.LIMITED, 10);
        settle("chat", Outcome.DEGRADED, 10);
        assertThat(shares.errors().get("chat")).isZero();
        assertThat(shares.degraded().get("chat")).isEqualTo(0.25, within(1e-9));
    }

    @Test
    void thereIsAnEndToTheNamesThatCallersMakeUp() {
        for (int i = 0; i < 1_500; i++) {
            settle("openai/made-up-" + i, Outcome.UPSTREAM_ERROR, 20);
        }
        assertThat(shares.errors()).hasSize(1_000);
    }

    @Test
    void madeUpNamesKeepTheirPlacesOnlyAsLongAsTheyAreCalled() {
        for (int i = 0; i < 1_000; i++) {
            settle("openai/made-up-" + i, Outcome.UPSTREAM_ERROR, 1);
        }
        settle("new", Outcome.UPSTREAM_ERROR, 20);
        assertThat(shares.errors()).doesNotContainKey("new");
        time.advance(Duration.ofMinutes(6));
        settle("new", Outcome.UPSTREAM_ERROR, 20);
        assertThat(shares.errors()).isEqualTo(Map.of("new", 1.0));
    }

    private void settle(String model, Outcome outcome, int times) {
        for (int i = 0; i < times; i++) {
            shares.settled(new ExchangeRecord(
                    new UUID(0, i),
                    "req_1",
                    null,
                    Instant.EPOCH,
                    ApiSchema.OPENAI_CHAT,
                    model,
                    new Target("openai", "gpt-4o"),
                    false,
                    outcome,
                    200,
                    null,
                    null,
                    Usage.NONE,
                    1,
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
                    Caller.NOBODY,
                    -1,
                    "",
                    List.of(),
                    List.of(),
                    ExchangeRecord.Times.NONE));
        }
    }
}
