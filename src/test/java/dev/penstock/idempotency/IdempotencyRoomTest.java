// SPDX-License-Identifier: Apache-2.0
package dev.penstock.idempotency;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.IdempotencyConfig;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.Identity;
import dev.penstock.exchange.Target;
import dev.penstock.idempotency.IdempotencyListener.Event;
import dev.penstock.kit.time.ManualTime;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Named calls of an event loop, with time moved by hand. */
final class IdempotencyRoomTest {

    private static final Identity ACME = new Identity("acme", "", "web");
    private static final byte[] BODY = "{}".getBytes(StandardCharsets.UTF_8);

    private final ManualTime time = new ManualTime();
    private final MemoryAnswers store = new MemoryAnswers(time, 1 << 20);
    private final List<Event> events = new ArrayList<>();
    private final Idempotency room = room(store);
    private int calls;

    private Idempotency room(AnswerStore on) {
        return new Idempotency(on, () -> IdempotencyConfig.DEFAULT, Runnable::run, time, events::add);
    }

    private Beginning begin(Identity who, String name) {
        Beginning[] heard = new Beginning[1];
        room.begin(who, name, "POST /x", BODY, "owner-" + calls++, beginning -> heard[0] = beginning);
        return heard[0];
    }

    private Claim first(Identity who, String name) {
        return ((Beginning.First) begin(who, name)).claim();
    }

    private static KeptAnswer answer() {
        return new KeptAnswer(true, new Target("one", "m"), "req_1", Set.of("seed", "user"), new byte[] {1, 0, -1});
    }

    @Test
    void aClaimIsRenewedForAsLongAsTheCallTakes() {
        Claim claim = first(ACME, "n");

        time.advance(Duration.ofMinutes(30));
        assertThat(begin(ACME, "n")).isInstanceOf(Beginning.Refused.class);
        claim.free();
        assertThat(time.pending()).as("no timer is left").isZero();
        assertThat(begin(ACME, "n")).isInstanceOf(Beginning.First.class);
    }

    @Test
    void aKeptAnswerIsTheSameForADay() {
        first(ACME, "n").keep(answer());

        time.advance(Duration.ofHours(24).minusNanos(1));
        KeptAnswer again = ((Beginning.Again) begin(ACME, "n")).answer();
        assertThat(again).usingRecursiveComparison().isEqualTo(answer());
        time.advance(Duration.ofNanos(1));
        assertThat(begin(ACME, "n")).isInstanceOf(Beginning.First.class);
        assertThat(events).containsExactly(Event.FIRST, Event.REPLAYED, Event.FIRST);
    }

    @Test
    void anAnswerWithoutATargetIsKeptAsWell() {
        KeptAnswer bare = new KeptAnswer(false, null, null, Set.of(), new byte[0]);
        first(ACME, "n").keep(bare);

        assertThat(((Beginning.Again) begin(ACME, "n")).answer())
                .usingRecursiveComparison()
                .isEqualTo(bare);
    }

    @Test
    void whatEndsAClaimTwiceDoesNothing() {
        Claim claim = first(ACME, "n");
        claim.keep(answer());
        claim.free();

        assertThat(begin(ACME, "n")).isInstanceOf(Beginning.Again.class);
    }

    @Test
    void aNameBelongsToTheTenantOrElseToTheKeyAndItsUser() {
        first(ACME, "n").keep(answer());

        assertThat(begin(new Identity("acme", "", "app", "eve", ""), "n")).isInstanceOf(Beginning.Again.class);
        assertThat(begin(new Identity("duck", "", "web"), "n")).isInstanceOf(Beginning.First.class);
        assertThat(begin(new Identity("", "", "acme"), "n")).isInstanceOf(Beginning.First.class);
        assertThat(begin(new Identity("", "", "oidc", "ann", ""), "n")).isInstanceOf(Beginning.First.class);
        assertThat(begin(new Identity("", "", "oidc", "bob", ""), "n")).isInstanceOf(Beginning.First.class);
        assertThat(begin(Identity.NONE, "n")).isInstanceOf(Beginning.First.class);
        assertThat(begin(new Identity("acm", "", "web"), "en")).isInstanceOf(Beginning.First.class);
    }

    @Test
    void whatNobodyKnowsOrCanReadIsRefused() {
        AnswerStore dark = new Dark(AnswerStore.Standing.UNKNOWN);
        AnswerStore strange = new Dark(new AnswerStore.Standing.Answered(new byte[] {9, 9}));
        AnswerStore cut = new Dark(new AnswerStore.Standing.Answered(new byte[] {1, 0, 0, 0, 0, 9, 1}));

        for (AnswerStore each : List.of(dark, strange, cut)) {
            room(each).begin(ACME, "n", "POST /x", BODY, "o", beginning -> {
                Beginning.Refused refused = (Beginning.Refused) beginning;
                assertThat(refused.error().kind()).isEqualTo(Kind.IDEMPOTENCY_UNAVAILABLE);
                assertThat(refused.error().retryAfter()).isEqualTo(Duration.ofSeconds(1));
            });
        }
        assertThat(events).containsExactly(Event.UNAVAILABLE, Event.UNAVAILABLE, Event.UNAVAILABLE);
    }

    @Test
    void aStoreThatNeverAnswersIsNotWaitedFor() {
        Late silent = new Late();
        List<Beginning> heard = new ArrayList<>();
        room(silent).begin(ACME, "n", "POST /x", BODY, "o", heard::add);

        time.advance(Idempotency.PATIENCE.minusNanos(1));
        assertThat(heard).isEmpty();
        time.advance(Duration.ofNanos(1));
        assertThat(heard).singleElement().isInstanceOfSatisfying(Beginning.Refused.class, refused -> assertThat(
                        refused.error().kind())
                .isEqualTo(Kind.IDEMPOTENCY_UNAVAILABLE));
        assertThat(time.pending()).as("no timer is left").isZero();

        silent.asks.getFirst().accept(AnswerStore.Standing.CLAIMED);
        assertThat(heard).as("told once").hasSize(1);
        assertThat(silent.freed).as("claims that came too late").isEqualTo(1);
        assertThat(events).containsExactly(Event.UNAVAILABLE);
    }

    /** Answers when the test says so. */
    private static final class Late implements AnswerStore {

        private final List<Consumer<Standing>> asks = new ArrayList<>();
        private int freed;

        @Override
        public void claim(Ask ask, Consumer<Standing> answer) {
            asks.add(answer);
        }

        @Override
        public void renew(Ask ask) {}

        @Override
        public void keep(Ask ask, byte[] answer, Duration ttl) {}

        @Override
        public void free(Ask ask) {
            freed++;
        }
    }

    /** Says the same to everybody. */
    private record Dark(Standing says) implements AnswerStore {

        @Override
        public void claim(Ask ask, Consumer<Standing> answer) {
            answer.accept(says);
        }

        @Override
        public void renew(Ask ask) {}

        @Override
        public void keep(Ask ask, byte[] answer, Duration ttl) {}

        @Override
        public void free(Ask ask) {}
    }
}
