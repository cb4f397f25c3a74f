// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

import dev.penstock.accounting.ExchangeRecord;
import dev.penstock.exchange.Outcome;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.Ticker;
import dev.penstock.exchange.Usage;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A ledger of the newest exchanges, for a process that keeps nothing. What it says is right for those that it has; older ones it has
 * forgotten. It counts from the exchanges themselves and has no roll-ups. Any thread.
 */
public final class MemoryLedger implements LedgerStore {

    private static final int FOUND = 100;
    private static final Pattern ORDER = Pattern.compile("\\d{12}\\x00");
    /** Characters of what was said. */
    private static final long MOST_SAID = 16L << 20;

    private static final Comparator<LedgerEntry> NEWEST_FIRST = Comparator.comparing(
                    (LedgerEntry entry) -> entry.exchange().startedAt())
            .thenComparing(entry -> entry.exchange().uuid().toString())
            .reversed();

    private final int most;
    private final Map<UUID, LedgerEntry> entries = new HashMap<>();
    private final Deque<UUID> arrived = new ArrayDeque<>();
    /** In the order in which they came, so that the oldest is forgotten first. */
    private final Map<UUID, CallContent> contents = new LinkedHashMap<>();

    private final long mostSaid;
    private final Ticker ticker;
    private long said;

    /** @param most exchanges that it remembers */
    public MemoryLedger(int most) {
        this(most, MOST_SAID, Ticker.system());
    }

    /** @param mostSaid characters that it remembers of what was said in them */
    MemoryLedger(int most, long mostSaid, Ticker ticker) {
        this.most = most;
        this.mostSaid = mostSaid;
        this.ticker = ticker;
    }

    @Override
    public synchronized CompletionStage<Void> append(List<LedgerEntry> added) {
        for (LedgerEntry entry : added) {
            UUID uuid = entry.exchange().uuid();
            if (entries.putIfAbsent(uuid, entry.withoutContent()) == null) {
                arrived.addLast(uuid);
                remember(uuid, entry.content());
            }
        }
        while (arrived.size() > most) {
            UUID oldest = arrived.removeFirst();
            entries.remove(oldest);
            forget(oldest);
        }
        return CompletableFuture.completedStage(null);
    }

    private void remember(UUID uuid, @Nullable CallContent content) {
        if (content != null) {
            contents.put(uuid, content);
            said += length(content);
            while (said > mostSaid) {
                forget(contents.keySet().iterator().next());
            }
        }
    }

    private void forget(UUID uuid) {
        CallContent content = contents.remove(uuid);
        said -= content == null ? 0 : length(content);
    }

    private static long length(CallContent content) {
        return (long) content.request().text().length()
                + content.answer().text().length();
    }

    @Override
    public synchronized CompletionStage<Optional<CallContent>> content(UUID exchange) {
        CallContent content = contents.get(exchange);
        return CompletableFuture.completedStage(
                content == null || !content.expires().isAfter(ticker.now()) ? Optional.empty() : Optional.of(content));
    }

    @Override
    public synchronized CompletionStage<Long> expireContent(Instant now) {
        List<UUID> over = contents.entrySet().stream()
                .filter(one -> !one.getValue().expires().isAfter(now))
                .map(Map.Entry::getKey)
                .toList();
        over.forEach(this::forget);
        return CompletableFuture.completedStage((long) over.size());
    }

    @Override
    public synchronized CompletionStage<List<UsageRow>> usage(UsageQuery query) {
        String after = query.after() == null ? "" : order(query.after());
        if (after == null) {
            return CompletableFuture.failedStage(new QueryRefused("not a cursor of a page before"));
        }
        Map<String, Sum> sums = new TreeMap<>();
        for (LedgerEntry entry : entries.values()) {
            ExchangeRecord x = entry.exchange();
            Instant from = floor(query.from(), query.step());
            if (isWithin(x, from, query.to()) && has(x, query.where())) {
                Instant start = query.step() == UsageQuery.Step.TOTAL ? from : floor(x.startedAt(), query.step());
                List<String> group = query.by().stream().map(by -> value(by, x)).toList();
                sums.computeIfAbsent(order(start, group), unused -> new Sum(start, group))
                        .add(x);
            }
        }
        return CompletableFuture.completedStage(sums.entrySet().stream()
                .filter(sum -> sum.getKey().compareTo(after) > 0)
                .limit(query.limit())
                .map(sum -> sum.getValue().row(cursor(sum.getKey())))
                .toList());
    }

    @Override
    public synchronized CompletionStage<List<LedgerEntry>> exchanges(ExchangeQuery query) {
        UUID before = query.before();
        LedgerEntry last = before == null ? null : entries.get(before);
        if (before != null && last == null) {
            // It is forgotten, and so is all that was older.
            return CompletableFuture.completedStage(List.of());
        }
        return CompletableFuture.completedStage(entries.values().stream()
                .filter(entry -> isWithin(entry.exchange(), query.from(), query.to())
                        && has(entry.exchange(), query.where())
                        && (last == null || NEWEST_FIRST.compare(entry, last) > 0))
                .sorted(NEWEST_FIRST)
                .limit(query.limit())
                .toList());
    }

    @Override
    public synchronized CompletionStage<List<LedgerEntry>> find(String name) {
        String plain = name.replace("-", "").toLowerCase(Locale.ROOT);
        return CompletableFuture.completedStage(entries.values().stream()
                .filter(entry -> entry.exchange().id().equals(name)
                        || entry.exchange().uuid().toString().replace("-", "").equals(plain))
                .sorted(NEWEST_FIRST)
                .limit(FOUND)
                .toList());
    }

    @Override
    public synchronized CompletionStage<Long> expire(Instant before, Instant minutes, Instant hours, Instant days) {
        long gone = 0;
        for (Iterator<UUID> all = arrived.iterator(); all.hasNext(); ) {
            UUID uuid = all.next();
            LedgerEntry entry = entries.get(uuid);
            if (entry == null || entry.exchange().startedAt().isBefore(before)) {
                all.remove();
                entries.remove(uuid);
                forget(uuid);
                gone++;
            }
        }
        return CompletableFuture.completedStage(gone);
    }

    private static Instant floor(Instant at, UsageQuery.Step step) {
        return switch (step) {
            case TOTAL, MINUTE -> at.truncatedTo(ChronoUnit.MINUTES);
            case HOUR -> at.truncatedTo(ChronoUnit.HOURS);
            case DAY -> at.truncatedTo(ChronoUnit.DAYS);
        };
    }

    private static boolean isWithin(ExchangeRecord x, Instant from, Instant to) {
        return !x.startedAt().isBefore(from) && x.startedAt().isBefore(to);
    }

    private static boolean has(ExchangeRecord x, Map<Dimension, String> where) {
        return where.entrySet().stream()
                .allMatch(wanted -> value(wanted.getKey(), x).equals(wanted.getValue()));
    }

    private static String value(Dimension dimension, ExchangeRecord x) {
        Target target = x.target();
        return switch (dimension) {
            case TENANT -> x.tenant();
            case FEATURE -> x.who().feature();
            case MODEL -> orEmpty(x.alias());
            case PROVIDER -> target == null ? "" : target.provider();
            case OUTCOME -> x.outcome().label();
            case KEY -> x.keyId();
            case USER -> x.user();
        };
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }

    /** In the order of rows: by time, then by the values of the group. No value has the characters between them. */
    private static String order(Instant start, List<String> group) {
        return String.format(Locale.ROOT, "%012d", start.getEpochSecond()) + '\u0000' + String.join("\u0000", group);
    }

    /** Null where nobody gave out such a cursor. */
    private static @Nullable String order(String cursor) {
        try {
            String order = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
            return ORDER.matcher(order).lookingAt() ? order : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static String cursor(String order) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(order.getBytes(StandardCharsets.UTF_8));
    }

    /** Whether neither an answer came of it nor the client was the reason. */
    private static boolean isFailure(Outcome outcome) {
        return switch (outcome) {
            case OK, CACHED, FALLBACK, DEGRADED, CLIENT_ERROR, CANCELLED -> false;
            case LIMITED, BLOCKED, UPSTREAM_ERROR, TRUNCATED, TIMEOUT -> true;
        };
    }

    /** One row in the making. */
    private static final class Sum {

        private final Instant start;
        private final List<String> group;
        private long exchanges;
        private long failures;
        private long attempts;
        private long input;
        private long cachedInput;
        private long cacheWrite;
        private long output;
        private long reasoning;
        private long estimated;
        private long nanoUsd;
        private long unpriced;
        private long durationNanos;
        private long ttftNanos;
        private long ttftCalls;

        Sum(Instant start, List<String> group) {
            this.start = start;
            this.group = group;
        }

        void add(ExchangeRecord x) {
            Usage usage = x.usage();
            exchanges++;
            failures += isFailure(x.outcome()) ? 1 : 0;
            attempts += x.attempts();
            input += usage.inputTokens();
            cachedInput += usage.cachedInputTokens();
            cacheWrite += usage.cacheWriteTokens();
            output += usage.outputTokens();
            reasoning += usage.reasoningTokens();
            estimated += usage.estimated() && usage.totalTokens() > 0 ? 1 : 0;
            nanoUsd += Math.max(0, x.nanoUsd());
            unpriced += x.nanoUsd() < 0 ? 1 : 0;
            durationNanos += x.durationNanos();
            ttftNanos += Math.max(0, x.ttftNanos());
            ttftCalls += x.ttftNanos() < 0 ? 0 : 1;
        }

        UsageRow row(String cursor) {
            return new UsageRow(
                    start,
                    group,
                    exchanges,
                    failures,
                    attempts,
                    input,
                    cachedInput,
                    cacheWrite,
                    output,
                    reasoning,
                    estimated,
                    nanoUsd,
                    unpriced,
                    durationNanos,
                    ttftNanos,
                    ttftCalls,
                    cursor);
        }
    }
}
