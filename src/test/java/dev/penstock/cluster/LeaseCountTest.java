// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The arithmetic of a cluster that falls apart, without a cluster. */
final class LeaseCountTest {

    private static final Muster WHOLE = new Muster(3, 3);

    /** Members that see each other, and their copy of the count. */
    private static final class Side {
        private final int members;
        private LeaseCount count;
        private Muster muster;

        Side(LeaseCount count, int members, Muster muster) {
            this.count = count;
            this.members = members;
            this.muster = muster;
        }

        long take(long window, long limit, long wanted, long back) {
            LeaseCount at = LeaseCount.at(count, window, limit, muster);
            if (at == null) {
                return 0;
            }
            LeaseCount returned = at.afterReturn(back);
            long granted = Math.min(wanted, returned.left(limit));
            count = returned.afterTaking(granted);
            return granted;
        }
    }

    /** A cluster that breaks and meets by chance, and what its nodes have together. */
    private static final class World {
        private final Random random;
        private final int members;
        private final long limit;
        private final List<Side> sides = new ArrayList<>();
        private long out;

        World(long seed) {
            random = new Random(seed);
            members = 2 + random.nextInt(5);
            limit = random.nextInt(200);
            Side whole = new Side(null, members, new Muster(members, members));
            sides.add(whole);
            out = whole.take(1, limit, random.nextInt(150), 0);
        }

        void exchange() {
            exchange(sides.get(random.nextInt(sides.size())));
        }

        private void exchange(Side side) {
            long known = side.count == null ? 0 : side.count.taken();
            long back = random.nextInt(4) == 0 ? random.nextLong(Math.min(known, out) + 1) : 0;
            out += side.take(1, limit, random.nextInt(60), back) - back;
        }

        void split() {
            Side side = sides.remove(random.nextInt(sides.size()));
            if (side.members == 1) {
                sides.add(side);
                return;
            }
            int first = 1 + random.nextInt(side.members - 1);
            // Both copies may be on the one side where the other misses two.
            boolean copyLost = false;
            for (int size : List.of(first, side.members - first)) {
                boolean lost = members - size >= LeaseCount.COPIES && !copyLost && random.nextInt(4) == 0;
                copyLost |= lost;
                Muster sees = new Muster(Math.min(size, side.muster.present()), members);
                sides.add(new Side(lost ? null : side.count, size, sees));
            }
        }

        /** They are still careful: what each counted comes after the members. */
        void meet() {
            if (sides.size() == 1) {
                return;
            }
            Side one = sides.remove(random.nextInt(sides.size()));
            Side other = sides.remove(random.nextInt(sides.size()));
            LeaseCount met = one.count == null || other.count == null
                    ? one.count == null ? other.count : one.count
                    : LeaseCount.together(one.count, other.count);
            int most = Math.max(one.muster.present(), other.muster.present());
            Muster sees = new Muster(Math.min(most, members - 1), members);
            sides.add(new Side(met, one.members + other.members, sees));
        }

        void becomeWhole() {
            while (sides.size() > 1) {
                meet();
            }
            sides.getFirst().muster = new Muster(members, members);
        }
    }

    @Test
    void sidesThatFallApartFurtherStayWithinTheLimitTogetherAndAfterTheyHaveMet() {
        for (int seed = 0; seed < 5_000; seed++) {
            World world = new World(seed);
            for (int i = 0; i < 40; i++) {
                if (world.random.nextInt(10) == 0) {
                    world.split();
                } else {
                    world.exchange();
                }
                assertThat(world.out).as("seed %d, step %d", seed, i).isLessThanOrEqualTo(world.limit);
            }
            assertTheWholeTakesNoMore(world, seed);
        }
    }

    @Test
    void sidesThatMeetOneAfterTheOtherStayWithinTheLimit() {
        for (int seed = 0; seed < 5_000; seed++) {
            World world = new World(seed);
            for (int i = world.random.nextInt(4); i >= 0; i--) {
                world.split();
            }
            for (int i = 0; i < 40; i++) {
                if (i > 20 && world.random.nextInt(6) == 0) {
                    world.meet();
                } else {
                    world.exchange();
                }
                assertThat(world.out).as("seed %d, step %d", seed, i).isLessThanOrEqualTo(world.limit);
            }
            assertTheWholeTakesNoMore(world, seed);
        }
    }

    private static void assertTheWholeTakesNoMore(World world, int seed) {
        world.becomeWhole();
        Side whole = world.sides.getFirst();
        world.out += whole.take(1, world.limit, world.limit + 1, 0);
        assertThat(world.out).as("seed %d, whole again", seed).isLessThanOrEqualTo(world.limit);
    }

    private static Side side(int members, LeaseCount count) {
        return new Side(count, members, new Muster(members, 3));
    }

    @Test
    void eachSideMayTakeItsShareOfWhatWasLeft() {
        Side two = side(2, null);
        two.muster = WHOLE;
        two.take(1, 100, 40, 0);
        Side one = side(1, two.count);
        two.muster = new Muster(2, 3);

        assertThat(two.take(1, 100, 100, 0)).isEqualTo(40);
        assertThat(one.take(1, 100, 100, 0)).isEqualTo(20);
    }

    @Test
    void eachSideHasItsShareOfANewWindow() {
        Side two = side(2, null);
        two.muster = WHOLE;
        two.take(1, 100, 90, 0);
        Side one = side(1, two.count);
        two.muster = new Muster(2, 3);

        assertThat(two.take(2, 100, 100, 0)).isEqualTo(67);
        assertThat(one.take(2, 100, 100, 0)).isEqualTo(33);
        assertThat(LeaseCount.together(one.count, two.count).taken()).isEqualTo(100);
    }

    @Test
    void whatNobodyKnowsIsNotGrantedFromUntilTheNextWindow() {
        Side side = side(1, null);

        assertThat(side.take(1, 90, 10, 0)).isZero();
        assertThat(side.count.isLost()).isTrue();
        assertThat(side.take(2, 90, 100, 0)).isEqualTo(30);
    }

    @Test
    void aSideThatMissesOneOnlyHasLostNothing() {
        Side side = side(2, null);

        assertThat(side.take(1, 90, 100, 0)).isEqualTo(60);
    }

    @Test
    void theWholeClusterGrantsTheRestAgain() {
        Side side = side(2, null);
        side.take(1, 90, 100, 0);
        side.muster = WHOLE;

        assertThat(side.take(1, 90, 100, 0)).isEqualTo(30);
    }

    @Test
    void sharesOfLargeNumbersDoNotOverflow() {
        assertThat(new Muster(2, 3).share(Long.MAX_VALUE) + new Muster(1, 3).share(Long.MAX_VALUE))
                .isEqualTo(Long.MAX_VALUE);
    }
}
