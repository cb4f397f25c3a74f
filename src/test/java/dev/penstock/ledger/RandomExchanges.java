// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

import dev.penstock.accounting.AttemptRecord;
import dev.penstock.accounting.ExchangeRecord;
import dev.penstock.accounting.ExchangeRecord.Caller;
import dev.penstock.accounting.ExchangeRecord.LimitUse;
import dev.penstock.accounting.ExchangeRecord.PassedOver;
import dev.penstock.accounting.ExchangeRecord.Times;
import dev.penstock.accounting.ExchangeRecord.Trace;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Outcome;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.Usage;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** Records with everything that records can have, by a seed. */
final class RandomExchanges implements Supplier<ExchangeRecord> {

    private static final Instant START = Instant.parse("2026-11-20T18:00:00Z");
    private static final String[] TEXTS = {
        "", "gpt-4o", "söhne/グラフ", "\u0000\n\"\\", "PNLR", "a".repeat(300), "\ud83d\ude00"
    };

    private final SplittableRandom random;
    private long number;

    RandomExchanges(long seed) {
        this.random = new SplittableRandom(seed);
    }

    List<ExchangeRecord> take(int count) {
        return IntStream.range(0, count).mapToObj(i -> get()).toList();
    }

    @Override
    public ExchangeRecord get() {
        number++;
        return new ExchangeRecord(
                new UUID(random.nextLong() & ~0xf000L | 0x7000L, random.nextLong()),
                "req_" + number,
                Trace.ofId(maybe(this::text)),
                START.plusNanos(random.nextLong(3_600_000_000_000L)),
                one(ApiSchema.values()),
                maybe(this::text),
                maybe(this::target),
                random.nextBoolean(),
                one(Outcome.values()),
                random.nextInt(600),
                maybe(() -> one(GatewayError.Kind.values())),
                maybe(this::text),
                usage(),
                random.nextInt(5),
                many(this::attempt),
                maybe(this::text),
                number(),
                number(),
                number(),
                number(),
                number(),
                number(),
                number(),
                number(),
                Set.copyOf(new HashSet<>(many(this::text))),
                number(),
                new Caller(text(), text(), text(), text(), text()),
                number(),
                text(),
                many(() -> new LimitUse(text(), text(), number(), number(), random.nextBoolean())),
                many(() -> new PassedOver(target(), text())),
                new Times(number(), number(), number(), number()));
    }

    private AttemptRecord attempt() {
        return new AttemptRecord(
                target(),
                one(AttemptRecord.Why.values()),
                maybe(() -> one(GatewayError.Kind.values())),
                random.nextInt(600),
                random.nextBoolean(),
                number(),
                number(),
                usage(),
                number(),
                number(),
                maybe(this::text),
                random.nextInt(5));
    }

    private Usage usage() {
        long input = random.nextInt(1_000_000);
        return new Usage(
                input, input / 2, random.nextInt(100_000), random.nextInt(1000), random.nextBoolean(), input / 3);
    }

    private Target target() {
        return new Target("p" + random.nextInt(3), "m" + text());
    }

    /** Of every size, and negative at times. */
    private long number() {
        return random.nextInt(8) == 0 ? -1 : random.nextLong() >> random.nextInt(64);
    }

    private String text() {
        return one(TEXTS);
    }

    private <T> T one(T[] of) {
        return of[random.nextInt(of.length)];
    }

    private <T> T maybe(Supplier<T> value) {
        return random.nextInt(4) == 0 ? null : value.get();
    }

    private <T> List<T> many(Supplier<T> value) {
        return IntStream.range(0, random.nextInt(4)).mapToObj(i -> value.get()).toList();
    }
}
