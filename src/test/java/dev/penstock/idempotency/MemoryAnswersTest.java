// SPDX-License-Identifier: Apache-2.0
package dev.penstock.idempotency;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.idempotency.AnswerStore.Ask;
import dev.penstock.idempotency.AnswerStore.Standing;
import dev.penstock.kit.time.ManualTime;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The store of a node alone. */
final class MemoryAnswersTest extends AnswerStoreContract {

    private final ManualTime time = new ManualTime();
    private final MemoryAnswers store = new MemoryAnswers(time, 10_000);

    @Override
    protected List<AnswerStore> stores() {
        return List.of(store);
    }

    private static Ask of(String call, String owner) {
        return new Ask(call, "this", owner);
    }

    @Test
    void aClaimThatNobodyRenewsEndsAndOneThatIsRenewedDoesNot() {
        claim(store, of("dead", "a"));
        claim(store, of("alive", "a"));

        time.advance(AnswerStore.LEASE.minusMillis(1));
        assertThat(claim(store, of("dead", "b"))).isEqualTo(Standing.UNDER_WAY);
        store.renew(of("alive", "a"));
        time.advance(Duration.ofMillis(1));

        assertThat(claim(store, of("dead", "b"))).isEqualTo(Standing.CLAIMED);
        assertThat(claim(store, of("alive", "b"))).isEqualTo(Standing.UNDER_WAY);
    }

    @Test
    void anAnswerIsForgottenWhenItsTimeIsOver() {
        claim(store, of("call", "a"));
        store.keep(of("call", "a"), new byte[10], Duration.ofHours(24));

        time.advance(Duration.ofHours(24).minusMillis(1));
        assertThat(claim(store, of("call", "b"))).isInstanceOf(Standing.Answered.class);
        time.advance(Duration.ofMillis(1));
        assertThat(claim(store, of("call", "b"))).isEqualTo(Standing.CLAIMED);
    }

    @Test
    void theOldestAnswersMakeRoomAndClaimsDoNot() {
        claim(store, of("under way", "a"));
        for (int i = 0; i < 20; i++) {
            claim(store, of("call " + i, "a"));
            store.keep(of("call " + i, "a"), new byte[1_000], Duration.ofHours(1));
            assertThat(store.bytes()).isLessThanOrEqualTo(10_000);
        }

        assertThat(claim(store, of("under way", "b"))).isEqualTo(Standing.UNDER_WAY);
        assertThat(claim(store, of("call 0", "b"))).isEqualTo(Standing.CLAIMED);
        assertThat(claim(store, of("call 19", "b"))).isInstanceOf(Standing.Answered.class);
    }

    @Test
    void whatIsOverMakesRoomFirst() {
        claim(store, of("short", "a"));
        store.keep(of("short", "a"), new byte[1_000], Duration.ofMinutes(1));
        time.advance(Duration.ofMinutes(1));
        long before = store.bytes();
        claim(store, of("next", "a"));
        store.keep(of("next", "a"), new byte[1_000], Duration.ofMinutes(1));

        assertThat(store.bytes()).isEqualTo(before);
    }
}
