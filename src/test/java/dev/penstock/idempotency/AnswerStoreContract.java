// SPDX-License-Identifier: Apache-2.0
package dev.penstock.idempotency;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.idempotency.AnswerStore.Ask;
import dev.penstock.idempotency.AnswerStore.Standing;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** What every store of named calls does, seen from all nodes that share it. */
public abstract class AnswerStoreContract {

    private static final byte[] ANSWER = "{\"a\":\"\u00e9\u0000\u00ff\"}".getBytes(StandardCharsets.UTF_8);
    private static final Duration TTL = Duration.ofMinutes(1);

    /** The store as each of the nodes has it; at least one. */
    protected abstract List<AnswerStore> stores();

    private AnswerStore one() {
        return stores().getFirst();
    }

    private AnswerStore other() {
        return stores().getLast();
    }

    private static Ask ask(String call, String what, String owner) {
        return new Ask(call, what, owner);
    }

    /** Asks again where a busy machine let it wait for too long; what was granted too late has been freed by then. */
    protected static Standing claim(AnswerStore store, Ask ask) {
        Standing standing = claimOnce(store, ask);
        for (int again = 0; again < 20 && standing.equals(Standing.UNKNOWN); again++) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(500));
            standing = claimOnce(store, ask);
        }
        return standing;
    }

    protected static Standing claimOnce(AnswerStore store, Ask ask) {
        CompletableFuture<Standing> heard = new CompletableFuture<>();
        store.claim(ask, heard::complete);
        return heard.orTimeout(20, TimeUnit.SECONDS).join();
    }

    protected static Standing until(AnswerStore store, Ask ask, Predicate<Standing> wanted) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (true) {
            Standing standing = claimOnce(store, ask);
            if (wanted.test(standing)) {
                return standing;
            }
            if (System.nanoTime() > deadline) {
                throw new AssertionError("still " + standing);
            }
            LockSupport.parkNanos(5_000_000);
        }
    }

    @Test
    void oneOwnerClaimsACallAndOthersHearThatItIsUnderWay() {
        assertThat(claim(one(), ask("once", "this", "a"))).isEqualTo(Standing.CLAIMED);
        assertThat(claim(other(), ask("once", "this", "b"))).isEqualTo(Standing.UNDER_WAY);
        assertThat(claim(other(), ask("once", "that", "c"))).isEqualTo(Standing.DIFFERENT);
        assertThat(claim(other(), ask("twice", "that", "c"))).isEqualTo(Standing.CLAIMED);
        assertThat(claim(one(), ask("once", "this", "a")))
                .as("a claim that is asked for again is the owner's still")
                .isEqualTo(Standing.CLAIMED);
    }

    @Test
    void whatIsKeptIsGivenByteByByte() {
        claim(one(), ask("kept", "this", "a"));
        one().keep(ask("kept", "this", "a"), ANSWER, TTL);

        Standing there = until(other(), ask("kept", "this", "b"), s -> s instanceof Standing.Answered);
        assertThat(((Standing.Answered) there).answer()).isEqualTo(ANSWER);
        assertThat(claim(other(), ask("kept", "that", "b"))).isEqualTo(Standing.DIFFERENT);
        one().free(ask("kept", "this", "a"));
        assertThat(claim(one(), ask("kept", "this", "a")))
                .as("the owner cannot take it back")
                .isInstanceOf(Standing.Answered.class);
    }

    @Test
    void whatIsFreedCanBeClaimedAgain() {
        claim(one(), ask("freed", "this", "a"));
        one().free(ask("freed", "this", "a"));

        assertThat(claim(one(), ask("freed", "that", "b"))).isEqualTo(Standing.CLAIMED);
    }

    @Test
    void whoseClaimItIsNotChangesNothing() {
        claim(one(), ask("own", "this", "a"));
        other().free(ask("own", "this", "b"));
        other().keep(ask("own", "this", "b"), ANSWER, TTL);
        other().renew(ask("own", "this", "b"));

        assertThat(claim(other(), ask("own", "this", "b"))).isEqualTo(Standing.UNDER_WAY);
    }

    @Test
    void ofManyOwnersOneHasTheClaim() {
        List<CompletableFuture<Standing>> heard = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            CompletableFuture<Standing> each = new CompletableFuture<>();
            heard.add(each);
            stores().get(i % stores().size()).claim(ask("many", "this", "owner-" + i), each::complete);
        }
        List<Standing> all = heard.stream()
                .map(each -> each.orTimeout(20, TimeUnit.SECONDS).join())
                .toList();
        long unheard = all.stream().filter(Standing.UNKNOWN::equals).count();
        long claimed = all.stream().filter(Standing.CLAIMED::equals).count();
        assertThat(claimed).isLessThanOrEqualTo(1).isGreaterThanOrEqualTo(unheard == 0 ? 1 : 0);
        assertThat(all).filteredOn(Standing.UNDER_WAY::equals).hasSize((int) (300 - claimed - unheard));
    }
}
