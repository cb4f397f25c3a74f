// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

import dev.penstock.accounting.AttemptRecord;
import dev.penstock.accounting.AttemptRecord.Why;
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
import dev.penstock.ledger.CallContent.Said;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoField;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * {@link LedgerEntry} as bytes: a version, then the facts in the order of the records. Words of enums stand there as words, so that a
 * new one in the middle changes nothing. A change of the order or of what is there is a new {@link #VERSION}; older ones stay readable.
 * The second version is the first with what was said behind it; an entry without that is still written as the first.
 */
final class EntryCodec {

    static final int VERSION = 2;

    static final int WITHOUT_CONTENT = 1;

    private static final Map<String, ApiSchema> SCHEMAS = words(ApiSchema.values(), ApiSchema::name);
    private static final Map<String, Outcome> OUTCOMES = words(Outcome.values(), Outcome::label);
    private static final Map<String, GatewayError.Kind> KINDS =
            words(GatewayError.Kind.values(), GatewayError.Kind::label);
    private static final Map<String, Why> WHYS = words(Why.values(), Why::label);

    private EntryCodec() {}

    private static <T> Map<String, T> words(T[] values, Function<T, String> word) {
        return Stream.of(values).collect(Collectors.toUnmodifiableMap(word, value -> value));
    }

    static void encode(String node, ExchangeRecord x, @Nullable CallContent content, EntryWriter out) {
        out.octet(content == null ? WITHOUT_CONTENT : VERSION);
        encode(node, x, out);
        if (content != null) {
            out.number(content.expires().toEpochMilli());
            encode(content.request(), out);
            encode(content.answer(), out);
        }
    }

    private static void encode(Said said, EntryWriter out) {
        out.text(said.text());
        out.number(said.bytes());
        out.octet(said.cut() ? 1 : 0);
        out.number(said.redacted());
    }

    private static void encode(String node, ExchangeRecord x, EntryWriter out) {
        out.text(node);
        out.fixedLong(x.uuid().getMostSignificantBits());
        out.fixedLong(x.uuid().getLeastSignificantBits());
        out.text(x.id());
        out.text(x.traceId());
        out.number(x.startedAt().getEpochSecond());
        out.number(x.startedAt().get(ChronoField.NANO_OF_SECOND));
        out.text(x.schema().name());
        out.text(x.alias());
        encode(x.target(), out);
        out.octet(x.stream() ? 1 : 0);
        out.text(x.outcome().label());
        out.number(x.status());
        out.text(x.error() == null ? null : x.error().label());
        out.text(x.finishReason());
        encode(x.usage(), out);
        out.number(x.attempts());
        out.number(x.tries().size());
        for (int i = 0; i < x.tries().size(); i++) {
            encode(x.tries().get(i), out);
        }
        out.text(x.providerKey());
        out.number(x.events());
        out.number(x.requestBytes());
        out.number(x.responseBytes());
        out.number(x.durationNanos());
        out.number(x.ttftNanos());
        out.number(x.overheadNanos());
        out.number(x.routeNanos());
        out.number(x.maxGapNanos());
        out.number(x.dropped().size());
        x.dropped().forEach(out::text);
        out.number(x.gapP99Nanos());
        out.text(x.who().tenant());
        out.text(x.who().user());
        out.text(x.who().keyId());
        out.text(x.who().feature());
        out.text(x.who().session());
        out.number(x.nanoUsd());
        out.text(x.priceVersion());
        out.number(x.limits().size());
        for (LimitUse use : x.limits()) {
            out.text(use.limit());
            out.text(use.unit());
            out.number(use.reserved());
            out.number(use.settled());
            out.octet(use.refused() ? 1 : 0);
        }
        out.number(x.passedOver().size());
        for (PassedOver passed : x.passedOver()) {
            encode(passed.target(), out);
            out.text(passed.why());
        }
        out.number(x.times().wholeNanos());
        out.number(x.times().routedNanos());
        out.number(x.times().admittedNanos());
        out.number(x.times().committedNanos());
    }

    private static void encode(AttemptRecord attempt, EntryWriter out) {
        encode(attempt.target(), out);
        out.text(attempt.why().label());
        out.text(attempt.error() == null ? null : attempt.error().label());
        out.number(attempt.status());
        out.octet(attempt.lost() ? 1 : 0);
        out.number(attempt.startedNanos());
        out.number(attempt.durationNanos());
        encode(attempt.usage(), out);
        out.number(attempt.nanoUsd());
        out.number(attempt.ttftNanos());
        out.text(attempt.providerRequestId());
        out.number(attempt.calls());
    }

    private static void encode(Usage usage, EntryWriter out) {
        out.number(usage.inputTokens());
        out.number(usage.cachedInputTokens());
        out.number(usage.outputTokens());
        out.number(usage.reasoningTokens());
        out.octet(usage.estimated() ? 1 : 0);
        out.number(usage.cacheWriteTokens());
    }

    private static void encode(@Nullable Target target, EntryWriter out) {
        out.text(target == null ? null : target.provider());
        if (target != null) {
            out.text(target.model());
        }
    }

    private static int version(EntryReader in) throws UnreadableEntry {
        int version = in.octet();
        if (version > VERSION) {
            throw UnreadableEntry.newer("version " + version + " of entries");
        }
        if (version < 1) {
            throw UnreadableEntry.malformed("version " + version);
        }
        return version;
    }

    /** See {@link EntryBytes#counted}. */
    static LedgerEntry counted(byte[] bytes) throws UnreadableEntry {
        EntryReader in = new EntryReader(bytes, 0, bytes.length);
        version(in);
        try {
            in.skipText();
            return new LedgerEntry("", countedExchange(in));
        } catch (IllegalArgumentException | DateTimeException e) {
            throw UnreadableEntry.malformed("values that cannot be");
        }
    }

    /** In the order of {@link #exchange}, as far as anything of it is counted. */
    private static ExchangeRecord countedExchange(EntryReader in) throws UnreadableEntry {
        UUID uuid = new UUID(in.fixedLong(), in.fixedLong());
        in.skipText();
        in.skipText();
        Instant started = Instant.ofEpochSecond(in.number(), in.number());
        ApiSchema schema = word(SCHEMAS, in.text(), "a schema");
        String alias = in.textOrNull();
        Target target = targetOrNull(in);
        boolean stream = in.flag();
        Outcome outcome = word(OUTCOMES, in.text(), "an outcome");
        int status = in.small();
        GatewayError.Kind error = kind(in);
        in.skipText();
        Usage usage = usage(in);
        int attempts = in.small();
        skipTries(in);
        in.skipText();
        in.skipNumbers(3);
        long duration = in.number();
        long ttft = in.number();
        in.skipNumbers(3);
        for (int left = in.count(); left > 0; left--) {
            in.skipText();
        }
        in.skipNumbers(1);
        Caller who = new Caller(in.text(), in.text(), in.text(), in.text(), "");
        in.skipText();
        return new ExchangeRecord(
                uuid,
                "",
                null,
                started,
                schema,
                alias,
                target,
                stream,
                outcome,
                status,
                error,
                null,
                usage,
                attempts,
                List.of(),
                null,
                0,
                0,
                0,
                duration,
                ttft,
                0,
                0,
                -1,
                Set.of(),
                -1,
                who,
                in.number(),
                "",
                List.of(),
                List.of(),
                Times.NONE);
    }

    /** See {@link #tries}. */
    private static void skipTries(EntryReader in) throws UnreadableEntry {
        for (int left = in.count(); left > 0; left--) {
            for (int text = 0; text < 4; text++) {
                in.skipText();
            }
            in.skipNumbers(1);
            in.flag();
            in.skipNumbers(6);
            in.flag();
            in.skipNumbers(3);
            in.skipText();
            in.skipNumbers(1);
        }
    }

    static LedgerEntry decode(byte[] bytes, int from, int length) throws UnreadableEntry {
        EntryReader in = new EntryReader(bytes, from, length);
        int version = version(in);
        try {
            String node = in.text();
            ExchangeRecord exchange = exchange(in);
            EntryBytes encoded = EntryBytes.cut(bytes, from, in.position());
            return new LedgerEntry(node, exchange, version == WITHOUT_CONTENT ? null : content(in), encoded);
        } catch (IllegalArgumentException | DateTimeException e) {
            throw UnreadableEntry.malformed("values that cannot be");
        }
    }

    private static CallContent content(EntryReader in) throws UnreadableEntry {
        return new CallContent(Instant.ofEpochMilli(in.number()), said(in), said(in));
    }

    private static Said said(EntryReader in) throws UnreadableEntry {
        return new Said(in.text(), in.number(), in.flag(), in.small());
    }

    private static ExchangeRecord exchange(EntryReader in) throws UnreadableEntry {
        return new ExchangeRecord(
                new UUID(in.fixedLong(), in.fixedLong()),
                in.text(),
                Trace.ofId(in.textOrNull()),
                Instant.ofEpochSecond(in.number(), in.number()),
                word(SCHEMAS, in.text(), "a schema"),
                in.textOrNull(),
                targetOrNull(in),
                in.flag(),
                word(OUTCOMES, in.text(), "an outcome"),
                in.small(),
                kind(in),
                in.textOrNull(),
                usage(in),
                in.small(),
                tries(in),
                in.textOrNull(),
                in.number(),
                in.number(),
                in.number(),
                in.number(),
                in.number(),
                in.number(),
                in.number(),
                in.number(),
                dropped(in),
                in.number(),
                new Caller(in.text(), in.text(), in.text(), in.text(), in.text()),
                in.number(),
                in.text(),
                limits(in),
                passedOver(in),
                new Times(in.number(), in.number(), in.number(), in.number()));
    }

    private static List<AttemptRecord> tries(EntryReader in) throws UnreadableEntry {
        int count = in.count();
        List<AttemptRecord> tries = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            tries.add(new AttemptRecord(
                    target(in),
                    word(WHYS, in.text(), "a reason"),
                    kind(in),
                    in.small(),
                    in.flag(),
                    in.number(),
                    in.number(),
                    usage(in),
                    in.number(),
                    in.number(),
                    in.textOrNull(),
                    in.small()));
        }
        return tries;
    }

    private static Set<String> dropped(EntryReader in) throws UnreadableEntry {
        int count = in.count();
        Set<String> dropped = new LinkedHashSet<>();
        for (int i = 0; i < count; i++) {
            dropped.add(in.text());
        }
        return dropped;
    }

    private static List<LimitUse> limits(EntryReader in) throws UnreadableEntry {
        int count = in.count();
        List<LimitUse> limits = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            limits.add(new LimitUse(in.text(), in.text(), in.number(), in.number(), in.flag()));
        }
        return limits;
    }

    private static List<PassedOver> passedOver(EntryReader in) throws UnreadableEntry {
        int count = in.count();
        List<PassedOver> passed = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            passed.add(new PassedOver(target(in), in.text()));
        }
        return passed;
    }

    private static Usage usage(EntryReader in) throws UnreadableEntry {
        return new Usage(in.number(), in.number(), in.number(), in.number(), in.flag(), in.number());
    }

    private static GatewayError.@Nullable Kind kind(EntryReader in) throws UnreadableEntry {
        String label = in.textOrNull();
        return label == null ? null : word(KINDS, label, "a kind of error");
    }

    private static Target target(EntryReader in) throws UnreadableEntry {
        return new Target(in.text(), in.text());
    }

    private static @Nullable Target targetOrNull(EntryReader in) throws UnreadableEntry {
        String provider = in.textOrNull();
        return provider == null ? null : new Target(provider, in.text());
    }

    private static <T> T word(Map<String, T> words, String word, String what) throws UnreadableEntry {
        T value = words.get(word);
        if (value == null) {
            throw UnreadableEntry.newer(what);
        }
        return value;
    }
}
