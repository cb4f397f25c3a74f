// SPDX-License-Identifier: Apache-2.0
package dev.penstock.credentials;

import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.GatewayError.Retry;
import dev.penstock.exchange.Ticker;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Holds what a source gives for a time and asks again before it ends. Nobody waits while something valid is held, and however
 * many wait, the source is asked once. It is asked when somebody needs the answer: an idle gateway asks nobody.
 *
 * <pre>
 *   nothing held --current()--> asking --answer--> held --5 min before the end, current()--> held, asking
 *        ^                        |                 ^                                             |
 *        +---failure: pause-------+                 +-------------answer, or failure: pause-------+
 * </pre>
 *
 * A failure is remembered for a pause that doubles from one second to thirty, so that a source in trouble is not asked by every
 * request and a caller hears the reason at once instead of running into its own deadline. One per shard; used on its event
 * loop, without locks.
 */
public final class Refreshing<T> {

    /** AWS has new credentials of a machine ready five minutes before the old ones end. */
    private static final Duration AHEAD = Duration.ofMinutes(5);
    /** Shards and gateways that began together shall not all ask at once. */
    private static final Duration SPREAD = Duration.ofMinutes(1);
    /** What does not end, such as keys in a file, may still be replaced. */
    private static final Duration LOOK_AGAIN = Duration.ofMinutes(5);

    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    private final String whose;
    private final Source<T> source;
    private final Ticker ticker;
    private final RandomGenerator chance;
    private final CredentialsListener listener;
    private @Nullable Held<T> held;
    private @Nullable Promise<T> asking;
    private @Nullable Refusal<T> refusal;

    /**
     * What was given. Its end is known by both clocks and the earlier one counts: the one that runs evenly does not see a
     * machine sleep, the one on the wall may be set back.
     */
    private record Held<T>(Future<T> value, @Nullable Instant until, long untilNanos, long againNanos) {

        boolean isValid(Instant now, long nanos) {
            return until == null || (now.isBefore(until) && nanos - untilNanos < 0);
        }
    }

    /** Why there was nothing, and for how long nobody is asked again. */
    private record Refusal<T>(Future<T> failure, Duration pause, long againNanos) {}

    /**
     * @param whose such as "AWS", for messages
     * @param chance for the spread
     */
    Refreshing(String whose, Source<T> source, Ticker ticker, RandomGenerator chance, CredentialsListener listener) {
        this.whose = whose;
        this.source = source;
        this.ticker = ticker;
        this.chance = chance;
        this.listener = listener;
    }

    /** What is valid now: complete at once when something is held; fails with a {@link GatewayError}. */
    public Future<T> current() {
        long nanos = ticker.nanos();
        if (needed(nanos) && asking == null && (refusal == null || nanos - refusal.againNanos >= 0)) {
            ask();
        }
        Held<T> now = valid(ticker.nanos());
        if (now != null) {
            return now.value;
        }
        Promise<T> waiting = asking;
        if (waiting != null) {
            return waiting.future();
        }
        Refusal<T> refused = refusal;
        return refused == null ? Future.failedFuture(error("nobody was asked")) : refused.failure;
    }

    private boolean needed(long nanos) {
        Held<T> now = valid(nanos);
        return now == null || nanos - now.againNanos >= 0;
    }

    private @Nullable Held<T> valid(long nanos) {
        Held<T> last = held;
        return last != null && last.isValid(ticker.now(), nanos) ? last : null;
    }

    private void ask() {
        Promise<T> answer = Promise.promise();
        asking = answer;
        // A source that throws has failed like any other.
        Future.succeededFuture().compose(go -> source.fetch()).onComplete(result -> {
            asking = null;
            if (result.failed()) {
                refuse(why(result.cause()), answer);
            } else {
                accept(result.result(), answer);
            }
        });
    }

    private void accept(Lease<T> lease, Promise<T> answer) {
        Instant until = lease.until();
        Instant now = ticker.now();
        if (until != null && !now.isBefore(until)) {
            refuse("what was given had ended already", answer);
            return;
        }
        long nanos = ticker.nanos();
        Duration left = until == null ? Duration.ZERO : capped(Duration.between(now, until));
        Duration again = until == null ? LOOK_AGAIN : left.minus(ahead(left));
        Future<T> value = Future.succeededFuture(lease.value());
        held = new Held<>(value, until, nanos + left.toNanos(), nanos + again.toNanos());
        refusal = null;
        answer.complete(lease.value());
    }

    /** Not more than half of what is left: a server may go on giving the same token until its last minutes. */
    private Duration ahead(Duration left) {
        Duration wanted = AHEAD.minusMillis((long) (chance.nextDouble() * SPREAD.toMillis()));
        Duration most = left.dividedBy(2);
        return wanted.compareTo(most) < 0 ? wanted : most;
    }

    private static Duration capped(Duration left) {
        Duration year = Duration.ofDays(365);
        return left.compareTo(year) < 0 ? left : year;
    }

    private void refuse(String why, Promise<T> answer) {
        long nanos = ticker.nanos();
        Refusal<T> before = refusal;
        Duration pause = before == null ? FIRST_PAUSE : longer(before.pause);
        GatewayError error = error(why);
        refusal = new Refusal<>(Future.failedFuture(error), pause, nanos + pause.toNanos());
        Held<T> still = valid(nanos);
        listener.notFetched(whose, still != null, why);
        if (still == null) {
            answer.fail(error);
        } else {
            still.value.onSuccess(answer::complete);
        }
    }

    private static Duration longer(Duration pause) {
        Duration twice = pause.multipliedBy(2);
        return twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
    }

    private GatewayError error(String why) {
        return GatewayError.builder(Kind.CONNECT_FAILED, "No credentials of " + whose + " could be had: " + why + ".")
                .retry(Retry.ONLY_OTHER_TARGET)
                .code("no_credentials")
                .build();
    }

    /** Only messages that were written to be shown are. */
    private static String why(Throwable cause) {
        return cause instanceof NoCredentials expected
                ? String.valueOf(expected.getMessage())
                : "an unexpected " + cause.getClass().getSimpleName();
    }
}
