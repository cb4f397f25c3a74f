// SPDX-License-Identifier: Apache-2.0
package dev.penstock.resilience;

import dev.penstock.exchange.BreakerSettings;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.GatewayError.Retry;
import dev.penstock.exchange.KeyFault;
import dev.penstock.exchange.Target;
import dev.penstock.kit.time.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The room with time in the test's hand, and an ear for what it says. */
final class BreakerRoom {

    static final Target TARGET = new Target("openai", "gpt-4o");

    /** A question for the right to probe. */
    record Asked(String breaker, Duration span, Consumer<Boolean> answer) {}

    final ManualTime time = new ManualTime();
    final List<String> changes = new ArrayList<>();
    final List<BreakerNotice> notices = new ArrayList<>();
    final List<Asked> asked = new ArrayList<>();
    final TargetStates states = new TargetStates(
            time,
            new SplittableRandom(1),
            (target, breaker, from, to, reason) -> changes.add(from.label() + " " + to.label() + ": " + reason));

    /** What is said to other nodes is kept, and nobody answers unless the test does. */
    BreakerRoom amongOthers() {
        states.announceTo(
                new BreakerAnnouncements() {
                    @Override
                    public void announce(BreakerNotice notice) {
                        notices.add(notice);
                    }

                    @Override
                    public void askToProbe(String breaker, Duration span, Consumer<Boolean> answer) {
                        asked.add(new Asked(breaker, span, answer));
                    }
                },
                "node-a");
        return this;
    }

    TargetState target() {
        return target(BreakerSettings.DEFAULT);
    }

    TargetState target(BreakerSettings settings) {
        return states.of(TARGET, settings);
    }

    static Permit permit(TargetState target) {
        return Objects.requireNonNull(target.tryAcquire(), "no permit");
    }

    static void succeed(TargetState target) {
        Permit permit = permit(target);
        permit.firstToken(Duration.ofMillis(100).toNanos());
        permit.succeeded();
    }

    static void fail(TargetState target, GatewayError error) {
        permit(target).failed(error);
    }

    static void fail(TargetState target, GatewayError error, int times) {
        for (int i = 0; i < times; i++) {
            fail(target, error);
        }
    }

    /** Moves on until an attempt may be made, at most a quarter of an hour. */
    void advanceUntilUsable(TargetState target) {
        for (int i = 0; i < 9_000 && !target.usable(); i++) {
            time.advance(Duration.ofMillis(100));
        }
    }

    static GatewayError error(int status) {
        return answered(status, null, null, Retry.OTHER_TARGET);
    }

    static GatewayError of(Kind kind) {
        return GatewayError.of(kind, "It went wrong.");
    }

    static GatewayError answered(int status, @Nullable KeyFault fault, @Nullable Duration retryAfter, Retry retry) {
        return GatewayError.builder(Kind.PROVIDER_ERROR, "The provider said no.")
                .status(status)
                .keyFault(fault)
                .retryAfter(retryAfter)
                .retry(retry)
                .build();
    }

    static GatewayError rateLimit(@Nullable Duration retryAfter) {
        return answered(429, KeyFault.RATE_LIMITED, retryAfter, Retry.OTHER_TARGET);
    }

    static BreakerNotice notice(String node, boolean open, Duration remaining, long version) {
        return new BreakerNotice(TARGET.toString(), open, remaining, "5 failures in a row", node, version);
    }
}
