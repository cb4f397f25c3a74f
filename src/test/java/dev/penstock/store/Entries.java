// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

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
import dev.penstock.ledger.LedgerEntry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** Entries by chance, the same for the same seed: strange ones, of which every field may be anything, and usual ones. */
final class Entries {

    private static final List<String> STRANGE = List.of(
            "",
            "acme",
            "ünï \"%s\" o'brien; DROP TABLE penstock_exchanges",
            "nul \u0000 inside",
            "half \uD83D of a pair",
            "a whole \uD83D\uDE00 pair",
            "_%_",
            "\\u0000",
            "long ".repeat(200),
            "\uD83D\uDE00".repeat(200));

    private final Random random;

    Entries(long seed) {
        this.random = new Random(seed);
    }

    /** As version 7 has it: the time first. */
    UUID uuid(Instant moment) {
        long high = moment.toEpochMilli() << 16 | 0x7000 | random.nextInt(0x1000);
        return new UUID(high, random.nextLong() & 0x3FFF_FFFF_FFFF_FFFFL | 0x8000_0000_0000_0000L);
    }

    LedgerEntry strange(Instant from, Duration within) {
        Instant started = from.plusNanos(random.nextLong(within.toNanos()));
        Target target = random.nextBoolean() ? null : target();
        List<AttemptRecord> tries =
                IntStream.range(0, random.nextInt(4)).mapToObj(i -> attempt()).toList();
        return new LedgerEntry(
                text(),
                new ExchangeRecord(
                        uuid(started),
                        text(),
                        Trace.ofId(maybe(this::text)),
                        started,
                        any(ApiSchema.values()),
                        maybe(this::text),
                        target,
                        random.nextBoolean(),
                        any(Outcome.values()),
                        random.nextInt(600),
                        maybe(() -> any(GatewayError.Kind.values())),
                        maybe(this::text),
                        usage(),
                        random.nextInt(9),
                        tries,
                        maybe(this::text),
                        number(),
                        number(),
                        number(),
                        number(),
                        number() - 1,
                        number(),
                        number(),
                        number() - 1,
                        strings(),
                        number() - 1,
                        new Caller(text(), text(), text(), text(), text()),
                        number() - 1,
                        text(),
                        IntStream.range(0, random.nextInt(3))
                                .mapToObj(i -> new LimitUse(text(), text(), number(), number(), random.nextBoolean()))
                                .toList(),
                        IntStream.range(0, random.nextInt(3))
                                .mapToObj(i -> new PassedOver(target(), text()))
                                .toList(),
                        random.nextInt(3) == 0 ? Times.NONE : new Times(number(), number(), number(), number() - 1)));
    }

    private AttemptRecord attempt() {
        return new AttemptRecord(
                target(),
                any(AttemptRecord.Why.values()),
                maybe(() -> any(GatewayError.Kind.values())),
                random.nextInt(600),
                random.nextBoolean(),
                number(),
                number(),
                usage(),
                number() - 1,
                number() - 1,
                maybe(this::text),
                random.nextInt(3));
    }

    private Usage usage() {
        return new Usage(number(), number(), number(), number(), random.nextBoolean(), number());
    }

    private Target target() {
        return new Target("p" + text(), "m" + text());
    }

    private Set<String> strings() {
        Set<String> strings = new LinkedHashSet<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            strings.add(text());
        }
        return strings;
    }

    private long number() {
        return random.nextBoolean() ? random.nextInt(1_000) : random.nextLong(1_000_000_000_000L);
    }

    private String text() {
        return STRANGE.get(random.nextInt(STRANGE.size()));
    }

    private <E> E any(E[] values) {
        return values[random.nextInt(values.length)];
    }

    private <T> T maybe(Supplier<T> value) {
        return random.nextBoolean() ? value.get() : null;
    }

    /** A call of the kind that a gateway has all day, somewhere in this time. */
    LedgerEntry usual(Instant from, Duration within) {
        Instant started = from.plusMillis(random.nextLong(within.toMillis()));
        int tenant = random.nextInt(5);
        String tenantName = "tenant-" + tenant;
        int chance = random.nextInt(20);
        Outcome outcome =
                switch (chance) {
                    case 0 -> Outcome.UPSTREAM_ERROR;
                    case 1 -> Outcome.CANCELLED;
                    case 2 -> Outcome.FALLBACK;
                    default -> Outcome.OK;
                };
        int model = random.nextInt(3);
        Target target = new Target(model == 0 ? "anthropic" : "openai", "vendor-model-" + model);
        Usage usage = random.nextInt(10) == 0
                ? Usage.estimated(random.nextInt(4_000), random.nextInt(900))
                : Usage.reported(random.nextInt(4_000), random.nextInt(1_000), random.nextInt(900), random.nextInt(99));
        long duration = random.nextLong(30_000_000_000L);
        long nanoUsd = random.nextInt(15) == 0 ? -1 : random.nextLong(90_000_000L);
        long ttft = chance == 0 ? -1 : duration / 5;
        AttemptRecord attempt = new AttemptRecord(
                target, AttemptRecord.Why.FIRST, null, 0, false, 900_000, duration, usage, nanoUsd, ttft, "req_1", 1);
        UUID uuid = uuid(started);
        return new LedgerEntry(
                "node-" + random.nextInt(2),
                new ExchangeRecord(
                        uuid,
                        uuid.toString(),
                        null,
                        started,
                        ApiSchema.OPENAI_CHAT,
                        "model-" + model,
                        target,
                        random.nextBoolean(),
                        outcome,
                        chance == 0 ? 502 : 200,
                        chance == 0 ? GatewayError.Kind.PROVIDER_ERROR : null,
                        "stop",
                        usage,
                        1 + random.nextInt(2),
                        List.of(attempt),
                        null,
                        40,
                        800,
                        9_000,
                        duration,
                        ttft,
                        400_000,
                        20_000,
                        -1,
                        Set.of(),
                        -1,
                        new Caller(
                                tenantName,
                                "user-" + random.nextInt(7),
                                tenantName + "-key-" + random.nextInt(2),
                                random.nextBoolean() ? "" : "feature-" + random.nextInt(3),
                                ""),
                        nanoUsd,
                        "2026-01-01",
                        List.of(),
                        List.of(),
                        Times.NONE));
    }

    List<LedgerEntry> usual(int count, Instant from, Duration within) {
        List<LedgerEntry> entries = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            entries.add(usual(from, within));
        }
        return entries;
    }

    /** The same, under the name that the gateway gives to a request without one. */
    LedgerEntry own(Instant from, Duration within) {
        LedgerEntry entry = usual(from, within);
        return called("req_" + entry.exchange().uuid().toString().replace("-", ""), entry);
    }

    /** The same call with another name of its request. */
    static LedgerEntry called(String requestId, LedgerEntry entry) {
        return with(entry, requestId, entry.exchange().who(), entry.exchange().nanoUsd());
    }

    /** The same call with another tenant. */
    static LedgerEntry of(String tenant, LedgerEntry entry) {
        Caller who = entry.exchange().who();
        return with(
                entry,
                entry.exchange().id(),
                new Caller(tenant, who.user(), who.keyId(), who.feature(), who.session()),
                entry.exchange().nanoUsd());
    }

    /** The same call at another price. */
    static LedgerEntry at(long nanoUsd, LedgerEntry entry) {
        return with(entry, entry.exchange().id(), entry.exchange().who(), nanoUsd);
    }

    private static LedgerEntry with(LedgerEntry entry, String requestId, Caller who, long nanoUsd) {
        ExchangeRecord e = entry.exchange();
        return new LedgerEntry(
                entry.node(),
                new ExchangeRecord(
                        e.uuid(),
                        requestId,
                        e.trace(),
                        e.startedAt(),
                        e.schema(),
                        e.alias(),
                        e.target(),
                        e.stream(),
                        e.outcome(),
                        e.status(),
                        e.error(),
                        e.finishReason(),
                        e.usage(),
                        e.attempts(),
                        e.tries(),
                        e.providerKey(),
                        e.events(),
                        e.requestBytes(),
                        e.responseBytes(),
                        e.durationNanos(),
                        e.ttftNanos(),
                        e.overheadNanos(),
                        e.routeNanos(),
                        e.maxGapNanos(),
                        e.dropped(),
                        e.gapP99Nanos(),
                        who,
                        nanoUsd,
                        e.priceVersion(),
                        e.limits(),
                        e.passedOver(),
                        e.times()));
    }
}
