// SPDX-License-Identifier: Apache-2.0
package dev.penstock.quota;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.quota.LeaseStore.Ask;
import dev.penstock.quota.LeaseStore.Grant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/**
 * What every {@link LeaseStore} must do, whatever keeps the counts. A subclass says which it is; the counters of each test have
 * names of their own.
 */
public abstract class LeaseStoreContract {

    private static final AtomicInteger NAMES = new AtomicInteger();
    private static final long FAR = 4_000_000_000_000L;

    /** The same counts as several nodes see them; one store where there is one node. They are there for all tests of the class. */
    protected abstract List<LeaseStore> stores();

    /** One counter that nobody else uses. */
    protected static String counter() {
        return "tenant/acme-" + NAMES.incrementAndGet() + "/tokens";
    }

    /** An ask for something that is used up. */
    protected static Ask ask(String counter, long window, long limit, long take, long giveBack) {
        return new Ask(counter, window, FAR, limit, take, giveBack, "node", -1);
    }

    /** An ask for something that is held. */
    protected static Ask places(String counter, long limit, String owner, long held, long take, long giveBack) {
        return new Ask(counter, 0, Long.MAX_VALUE, limit, take, giveBack, owner, held);
    }

    protected static CompletableFuture<Grant> asked(LeaseStore store, Ask ask) {
        CompletableFuture<Grant> answer = new CompletableFuture<>();
        store.exchange(ask, answer::complete);
        return answer.orTimeout(20, TimeUnit.SECONDS);
    }

    protected static Grant exchange(LeaseStore store, Ask ask) {
        return asked(store, ask).join();
    }

    private LeaseStore any(Random random) {
        return stores().get(random.nextInt(stores().size()));
    }

    @Test
    void answersAsTheModelDoesWhateverIsAskedOfWhatIsUsedUp() {
        Random random = new Random(5_001);
        LeaseStoreModel model = new LeaseStoreModel();
        List<String> counters = List.of(counter(), counter(), counter());
        long[] windows = new long[3];
        for (int i = 0; i < 900; i++) {
            int which = random.nextInt(3);
            windows[which] += random.nextInt(12) == 0 ? 1 + random.nextInt(3) : 0;
            long window = windows[which] - (random.nextInt(15) == 0 ? 1 : 0);
            Ask ask = new Ask(
                    counters.get(which),
                    window,
                    random.nextBoolean() ? FAR : Long.MAX_VALUE,
                    random.nextInt(10) == 0 ? random.nextInt(500) : 200,
                    random.nextInt(3) == 0 ? 0 : random.nextInt(60),
                    random.nextInt(3) == 0 ? random.nextInt(40) : 0,
                    "node-" + random.nextInt(3),
                    -1);

            assertThat(exchange(any(random), ask)).as("%s, ask %d", ask, i).isEqualTo(model.exchange(ask));
        }
    }

    @Test
    void answersAsTheModelDoesWhateverIsAskedOfWhatIsHeld() {
        Random random = new Random(5_002);
        LeaseStoreModel model = new LeaseStoreModel();
        List<String> counters = List.of(counter(), counter());
        // Each owner is on a node of its own, and only sometimes wrong about what it holds.
        long[][] held = new long[2][6];
        for (int i = 0; i < 700; i++) {
            int which = random.nextInt(2);
            int owner = random.nextInt(6);
            long seen = random.nextInt(20) == 0 ? random.nextInt(10) : held[which][owner];
            Ask ask = places(
                    counters.get(which),
                    random.nextInt(10) == 0 ? random.nextInt(40) : 20,
                    "owner-" + owner,
                    seen,
                    random.nextInt(8),
                    random.nextInt((int) seen + 2));
            LeaseStore store = stores().get(owner % stores().size());

            Grant grant = exchange(store, ask);

            assertThat(grant).as("%s, ask %d", ask, i).isEqualTo(model.exchange(ask));
            held[which][owner] = Math.max(0, seen - ask.giveBack()) + grant.granted();
        }
    }

    @Test
    void manyWhoAskAtOnceNeverHoldMoreThanTheLimitTogether() {
        Random random = new Random(5_003);
        String counter = counter();
        AtomicLong out = new AtomicLong();
        AtomicLong most = new AtomicLong();
        List<CompletableFuture<?>> chains = new ArrayList<>();
        for (int node = 0; node < 16; node++) {
            LeaseStore store = any(random);
            CompletableFuture<Long> chain = CompletableFuture.completedFuture(0L);
            for (int i = 0; i < 25; i++) {
                long take = random.nextInt(90);
                boolean returns = random.nextBoolean();
                chain = chain.thenCompose(has -> {
                    long back = returns ? has / 2 : 0;
                    // Counted as gone before the store hears of it, and as held only once it has said so.
                    out.addAndGet(-back);
                    return asked(store, ask(counter, 7, 1_000, take, back)).thenApply(grant -> {
                        long now = out.addAndGet(grant.granted());
                        most.accumulateAndGet(now, Math::max);
                        return has - back + grant.granted();
                    });
                });
            }
            chains.add(chain);
        }
        chains.forEach(CompletableFuture::join);

        assertThat(most.get()).isBetween(500L, 1_000L);
        assertThat(exchange(stores().getFirst(), ask(counter, 7, 1_000, 0, 0)).left())
                .isEqualTo(1_000 - out.get());
    }

    @Test
    void aNewWindowBeginsWithNothingTakenAndAnOldOneGetsNothing() {
        LeaseStore store = stores().getFirst();
        String counter = counter();
        exchange(store, ask(counter, 4, 10, 10, 0));

        assertThat(exchange(store, ask(counter, 4, 10, 1, 0))).isEqualTo(new Grant(true, 0, 0));
        assertThat(exchange(store, ask(counter, 5, 10, 3, 0))).isEqualTo(new Grant(true, 3, 7));
        assertThat(exchange(store, ask(counter, 4, 10, 5, 5))).isEqualTo(Grant.tooLate(5));
        assertThat(exchange(store, ask(counter, 5, 10, 9, 0))).isEqualTo(new Grant(true, 7, 0));
    }

    @Test
    void aWindowWhoseEndHasPassedIsStillCounted() {
        LeaseStore store = stores().getFirst();
        String counter = counter();
        Ask late = new Ask(counter, 4, 1_000, 10, 6, 0, "node", -1);

        assertThat(exchange(store, late)).isEqualTo(new Grant(true, 6, 4));
        assertThat(exchange(store, late)).isEqualTo(new Grant(true, 4, 0));
    }

    @Test
    void aLimitThatIsLoweredBelowWhatIsTakenGrantsNothing() {
        LeaseStore store = stores().getFirst();
        String counter = counter();
        exchange(store, ask(counter, 1, 100, 80, 0));

        assertThat(exchange(store, ask(counter, 1, 50, 5, 10))).isEqualTo(new Grant(true, 0, 0));
        assertThat(exchange(store, ask(counter, 1, 100, 50, 0))).isEqualTo(new Grant(true, 30, 0));
    }

    @Test
    void whatIsGivenBackIsThereForOthersAndNeverMoreThanWasTaken() {
        LeaseStore first = stores().getFirst();
        LeaseStore last = stores().getLast();
        String counter = counter();
        exchange(first, ask(counter, 1, 100, 100, 0));

        assertThat(exchange(last, ask(counter, 1, 100, 10, 0)).granted()).isZero();
        exchange(first, ask(counter, 1, 100, 0, 30));
        assertThat(exchange(last, ask(counter, 1, 100, 50, 0))).isEqualTo(new Grant(true, 30, 0));
        assertThat(exchange(last, ask(counter, 1, 100, 500, 1_000))).isEqualTo(new Grant(true, 100, 0));
    }

    @Test
    void countsOfMillionsOfDollarsInBillionthsAreExact() {
        LeaseStore store = stores().getFirst();
        String counter = counter();
        long limit = 9_000_000_000_000_001L;

        assertThat(exchange(store, ask(counter, 1, limit, limit - 2, 0))).isEqualTo(new Grant(true, limit - 2, 2));
        assertThat(exchange(store, ask(counter, 1, limit, 1, 0))).isEqualTo(new Grant(true, 1, 1));
        assertThat(exchange(store, ask(counter, 1, limit, 9, 4_000_000_000_000_000L))
                        .left())
                .isEqualTo(4_000_000_000_000_001L - 9);
    }

    @Test
    void anOwnerThatKnowsBetterWhatItHoldsMendsTheView() {
        LeaseStore store = stores().getFirst();
        String counter = counter();
        exchange(store, places(counter, 10, "a", 0, 6, 0));

        assertThat(exchange(store, places(counter, 10, "b", 0, 6, 0))).isEqualTo(new Grant(true, 4, 0));
        // Two of the six have ended, and the store never heard of it.
        assertThat(exchange(store, places(counter, 10, "a", 4, 0, 0)).left()).isEqualTo(2);
        // The store lost what b holds besides.
        assertThat(exchange(store, places(counter, 10, "b", 6, 1, 0))).isEqualTo(new Grant(true, 0, 0));
        assertThat(exchange(store, places(counter, 10, "a", 4, 9, 4))).isEqualTo(new Grant(true, 4, 0));
    }

    @Test
    void whatIsUsedUpAndWhatIsHeldDoNotMeetUnderOneName() {
        LeaseStore store = stores().getFirst();
        String counter = counter();
        exchange(store, ask(counter, 1, 10, 7, 0));

        assertThat(exchange(store, places(counter, 10, "a", 0, 10, 0)).granted())
                .isEqualTo(10);
        assertThat(exchange(store, ask(counter, 1, 10, 0, 0)).left()).isEqualTo(3);
    }
}
