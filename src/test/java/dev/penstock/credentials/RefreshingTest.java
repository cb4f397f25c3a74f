// SPDX-License-Identifier: Apache-2.0
package dev.penstock.credentials;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Ticker;
import dev.penstock.kit.time.ManualTime;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** When a source is asked, who waits for it, and what a failure means. Time moves by hand. */
final class RefreshingTest {

    private static final Duration HOUR = Duration.ofHours(1);
    /** The middle of the spread, half a minute. */
    private static final RandomGenerator EVEN = new RandomGenerator() {
        @Override
        public long nextLong() {
            return 0;
        }

        @Override
        public double nextDouble() {
            return 0.5;
        }
    };

    private final ManualTime time = new ManualTime();
    private final Deque<Promise<Lease<String>>> asked = new ArrayDeque<>();
    private final List<String> heard = new ArrayList<>();
    private final Refreshing<String> holder = holder(time);
    private int questions;

    private Refreshing<String> holder(Ticker ticker) {
        return new Refreshing<>(
                "AWS", this::ask, ticker, EVEN, (whose, held, why) -> heard.add(whose + " " + held + " " + why));
    }

    private Future<Lease<String>> ask() {
        questions++;
        Promise<Lease<String>> answer = Promise.promise();
        asked.add(answer);
        return answer.future();
    }

    private void answer(String value, Duration left) {
        asked.remove().complete(new Lease<>(value, time.now().plus(left)));
    }

    private void fail(String why) {
        asked.remove().fail(new NoCredentials(why));
    }

    @Test
    void manyWhoWaitAreOneQuestion() {
        List<Future<String>> waiting = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            waiting.add(holder.current());
        }
        assertThat(waiting).noneMatch(Future::isComplete);

        answer("first", HOUR);

        assertThat(questions).isOne();
        assertThat(waiting).allMatch(future -> "first".equals(future.result()));
    }

    @Test
    void nobodyAsksBeforeSomebodyNeedsTheAnswer() {
        assertThat(questions).isZero();
        assertThat(time.pending()).isZero();
    }

    @Test
    void nobodyWaitsWhileTheNextOnesAreFetched() {
        holder.current();
        answer("first", HOUR);
        time.advance(HOUR.minusSeconds(271));
        assertThat(holder.current().result()).isEqualTo("first");
        assertThat(questions).isOne();

        time.advance(Duration.ofSeconds(1));

        assertThat(holder.current().result()).isEqualTo("first");
        assertThat(holder.current().result()).isEqualTo("first");
        assertThat(questions).isEqualTo(2);
        answer("second", HOUR);
        assertThat(holder.current().result()).isEqualTo("second");
        assertThat(heard).isEmpty();
    }

    @Test
    void aFailedRenewalKeepsTheOldOnesUntilTheyEndAndTriesAgainAfterGrowingPauses() {
        holder.current();
        answer("first", HOUR);
        time.advance(HOUR.minusMinutes(4));
        List<Long> pauses = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            assertThat(holder.current().result()).isEqualTo("first");
            fail("the door is shut");
            int before = questions;
            long seconds = 0;
            while (questions == before) {
                time.advance(Duration.ofSeconds(1));
                seconds++;
                assertThat(holder.current().succeeded()).isTrue();
            }
            pauses.add(seconds);
        }
        assertThat(pauses).containsExactly(1L, 2L, 4L, 8L, 16L, 30L, 30L, 30L);
        assertThat(heard).hasSize(8).containsOnly("AWS true the door is shut");

        time.advance(Duration.ofMinutes(4));
        Future<String> waits = holder.current();
        assertThat(waits.isComplete()).isFalse();
        fail("the door is shut");

        assertThat(waits.failed()).isTrue();
        assertThat(heard).endsWith("AWS false the door is shut");
    }

    @Test
    void aFailureWithNothingHeldIsToldAtOnceUntilThePauseIsOver() {
        Future<String> first = holder.current();
        fail("profile work: no shared file has it");

        GatewayError error = (GatewayError) first.cause();
        assertThat(error)
                .hasMessage("No credentials of AWS could be had: profile work: no shared file has it.")
                .extracting(GatewayError::kind, GatewayError::retry, GatewayError::status, GatewayError::code)
                .containsExactly(
                        GatewayError.Kind.CONNECT_FAILED, GatewayError.Retry.ONLY_OTHER_TARGET, 502, "no_credentials");
        assertThat(holder.current().cause()).isSameAs(error);
        assertThat(questions).isOne();

        time.advance(Duration.ofSeconds(1));
        Future<String> next = holder.current();
        answer("first", HOUR);

        assertThat(next.result()).isEqualTo("first");
    }

    @Test
    void whatIsShortLivedIsRenewedAtHalfItsTime() {
        holder.current();
        answer("first", Duration.ofSeconds(200));
        time.advance(Duration.ofSeconds(99));
        assertThat(holder.current().result()).isEqualTo("first");
        assertThat(questions).isOne();

        time.advance(Duration.ofSeconds(1));

        assertThat(holder.current().result()).isEqualTo("first");
        assertThat(questions).isEqualTo(2);
    }

    @Test
    void whatCameTooLateIsNotUsed() {
        Future<String> waits = holder.current();

        answer("old", Duration.ZERO);

        assertThat(waits.cause()).hasMessageContaining("had ended already");
    }

    @Test
    void whatLastsIsLookedAtAgainFromTimeToTime() {
        holder.current();
        asked.remove().complete(new Lease<>("lasting", null));
        time.advance(Duration.ofSeconds(299));
        assertThat(holder.current().result()).isEqualTo("lasting");
        assertThat(questions).isOne();
        time.advance(Duration.ofDays(100));

        assertThat(holder.current().result()).isEqualTo("lasting");
        assertThat(questions).isEqualTo(2);
    }

    @Test
    void aClockThatIsSetBackMakesNothingLastLonger() {
        Duration[] back = {Duration.ZERO};
        Refreshing<String> other = holder(new Ticker() {
            @Override
            public long nanos() {
                return time.nanos();
            }

            @Override
            public Instant now() {
                return time.now().minus(back[0]);
            }
        });
        other.current();
        answer("first", HOUR);
        back[0] = HOUR;
        time.advance(HOUR);

        assertThat(other.current().isComplete()).isFalse();
    }

    @Test
    void aMachineThatSleptKnowsThatTimeHasPassed() {
        Duration[] slept = {Duration.ZERO};
        Refreshing<String> other = holder(new Ticker() {
            @Override
            public long nanos() {
                return time.nanos();
            }

            @Override
            public Instant now() {
                return time.now().plus(slept[0]);
            }
        });
        other.current();
        answer("first", HOUR);
        slept[0] = HOUR;

        assertThat(other.current().isComplete()).isFalse();
    }

    @Test
    void aSourceThatThrowsHasFailedAndTellsNothingOfIt() {
        Refreshing<String> broken = new Refreshing<>(
                "AWS",
                () -> {
                    throw new IllegalStateException("canary");
                },
                time,
                EVEN,
                (whose, held, why) -> heard.add(why));

        assertThat(broken.current().cause())
                .hasMessage("No credentials of AWS could be had: an unexpected IllegalStateException.");
        assertThat(heard.toString()).doesNotContain("canary");
    }
}
