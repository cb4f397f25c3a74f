// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.ledger.UsageQuery;
import io.vertx.core.MultiMap;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class UsageQuestionTest {

    private static final Instant NOW = Instant.parse("2026-11-22T08:00:00Z");

    @Test
    void whoAsksForAllThereEverWasCanPageOn() {
        MultiMap first = MultiMap.caseInsensitiveMultiMap().add("from", "99999d");
        UsageQuery asked = UsageQuestion.usage(first, NOW, Map.of());
        MultiMap second =
                MultiMap.caseInsensitiveMultiMap().add("after", UsageQuestion.next(asked.from(), asked.to(), "behind"));
        UsageQuery next = UsageQuestion.usage(second, NOW, Map.of());
        assertThat(next.from()).isEqualTo(asked.from()).isEqualTo(Instant.EPOCH);
        assertThat(next.to()).isEqualTo(NOW);
        assertThat(next.after()).isEqualTo("behind");
    }
}
