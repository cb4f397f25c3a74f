// SPDX-License-Identifier: Apache-2.0
package dev.penstock.resilience;

import dev.penstock.exchange.CallGuard;
import io.vertx.circuitbreaker.CircuitBreaker;
import io.vertx.circuitbreaker.CircuitBreakerOptions;
import io.vertx.circuitbreaker.CircuitBreakerState;
import io.vertx.circuitbreaker.OpenCircuitException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * A Vert.x Circuit Breaker for each host that Penstock calls on its own behalf. What that breaker can do is enough there: it opens
 * after some failures in a row and lets one call at a time find out whether the host is back. Where it surprises:
 *
 * <ul>
 *   <li>a probe that never ends would leave it half open for ever, and its own timeout would set a timer for every call and count
 *       calls that a client gave up: so it has none, and only the probe has a timer here;
 *   <li>a call that was given up says nothing: it is kept from the breaker altogether, unless it was the probe, which must end and
 *       has not found the host well;
 *   <li>it opens for the same time always: each host's breaker has its own, drawn once, so that they do not all try at once;
 *   <li>no failure policy, which would lose the value of an answer; no notifications, which cost a document per failure.
 * </ul>
 *
 * <p>Belongs to one shard and is called on its event loop. Only so many hosts are remembered; the one that was called
 * longest ago is forgotten first. Not for addresses that clients name: whoever names a slow one could take its host from all others.
 */
public final class SideCallBreakers implements CallGuard {

    /**
     * When a host is left alone.
     *
     * @param failures in a row that open its breaker
     * @param window in which they must fall
     * @param openFor how long it is left alone; up to half as much is added
     * @param probe how long the call that finds out may take
     * @param hosts that are remembered
     */
    public record Settings(int failures, Duration window, Duration openFor, Duration probe, int hosts) {

        public static final Settings DEFAULT =
                new Settings(5, Duration.ofSeconds(30), Duration.ofSeconds(10), Duration.ofSeconds(30), 256);
    }

    /** Hears of changes, on the event loop and inside the breaker's lock: to note them, not to call back. */
    @FunctionalInterface
    public interface Listener {

        /**
         * A breaker has changed.
         *
         * @param where host and port
         */
        void changed(String where, BreakerState to);
    }

    private final Vertx vertx;
    private final Settings settings;
    private final RandomGenerator random;
    private final Listener listener;
    private final Map<String, CircuitBreaker> breakers = new LinkedHashMap<>(16, 0.75f, true);

    /** Nothing is known yet of any host. */
    public SideCallBreakers(Vertx vertx, Settings settings, RandomGenerator random, Listener listener) {
        this.vertx = vertx;
        this.settings = settings;
        this.random = random;
        this.listener = listener;
    }

    @Override
    public <T> Future<T> call(String where, Supplier<Future<T>> call) {
        CircuitBreaker breaker = breakers.get(where);
        if (breaker == null) {
            breaker = remember(where);
        }
        return call(breaker, call);
    }

    private <T> Future<T> call(CircuitBreaker breaker, Supplier<Future<T>> call) {
        Promise<T> outcome = Promise.promise();
        breaker.<T>execute(() -> watched(breaker, call, outcome)).onFailure(failure -> {
            if (failure instanceof OpenCircuitException) {
                outcome.tryFail(new Refused("the host is left alone for a while, after failures"));
            } else if (!(failure instanceof Overdue)) {
                // Thrown before there was a call.
                outcome.tryFail(failure);
            }
        });
        return outcome.future();
    }

    /** What the breaker hears of the call; who made it hears the rest. */
    private <T> Future<T> watched(CircuitBreaker breaker, Supplier<Future<T>> call, Promise<T> outcome) {
        boolean probe = breaker.state() == CircuitBreakerState.HALF_OPEN;
        Promise<T> heard = Promise.promise();
        Future<T> made = call.get();
        if (probe) {
            long lease = vertx.setTimer(settings.probe().toMillis(), late -> heard.tryFail(new Overdue()));
            heard.future().onComplete(done -> vertx.cancelTimer(lease));
        }
        made.onComplete(result -> {
            if (result.succeeded()) {
                heard.tryComplete(result.result());
                outcome.tryComplete(result.result());
                return;
            }
            if (probe || !(result.cause() instanceof GivenUp)) {
                heard.tryFail(result.cause());
            }
            outcome.tryFail(result.cause());
        });
        return heard.future();
    }

    /** The probe has taken too long; it may still end. */
    private static final class Overdue extends Exception {

        private static final long serialVersionUID = 1;

        Overdue() {
            super("the probe is overdue", null, false, false);
        }
    }

    private CircuitBreaker remember(String where) {
        if (breakers.size() >= settings.hosts()) {
            Iterator<CircuitBreaker> eldest = breakers.values().iterator();
            eldest.next().close();
            eldest.remove();
        }
        long openFor = settings.openFor().toMillis();
        CircuitBreaker breaker = CircuitBreaker.create(
                        where,
                        vertx,
                        new CircuitBreakerOptions()
                                .setMaxFailures(settings.failures())
                                .setFailuresRollingWindow(settings.window().toMillis())
                                .setResetTimeout(openFor + random.nextLong(openFor / 2 + 1))
                                .setTimeout(-1)
                                .setMaxRetries(0))
                .openHandler(opened -> listener.changed(where, BreakerState.OPEN))
                .halfOpenHandler(due -> listener.changed(where, BreakerState.HALF_OPEN))
                .closeHandler(closed -> listener.changed(where, BreakerState.CLOSED));
        breakers.put(where, breaker);
        return breaker;
    }

    /** Hosts that are remembered. */
    int hosts() {
        return breakers.size();
    }
}
