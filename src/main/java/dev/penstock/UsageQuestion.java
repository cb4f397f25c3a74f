// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.penstock.config.Moment;
import dev.penstock.config.Nearest;
import dev.penstock.exchange.GatewayError;
import dev.penstock.ledger.Dimension;
import dev.penstock.ledger.ExchangeQuery;
import dev.penstock.ledger.UsageQuery;
import dev.penstock.ledger.UsageQuery.Step;
import io.vertx.core.MultiMap;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads the parameters of a question about usage. What is wrong is said with the parameter, what was found and what is expected. */
final class UsageQuestion {

    /** Single exchanges are never looked through for longer than this. */
    static final Duration LONGEST_OF_SINGLE = Duration.ofDays(31);

    static final int MOST_ROWS = 10_000;
    static final int MOST_EXCHANGES = 1_000;

    private static final Duration USUAL = Duration.ofDays(1);
    private static final int LONGEST_NAME = 256;
    private static final int LONGEST_SHOWN = 60;
    private static final Pattern AGO = Pattern.compile("([0-9]{1,5})([mhd])");
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,6}");
    private static final String DIMENSIONS =
            Arrays.stream(Dimension.values()).map(Dimension::label).collect(Collectors.joining(", "));

    private static final Set<String> OF_USAGE = names("step", "by", "format");
    private static final Set<String> OF_EXCHANGES = names();

    private final MultiMap query;
    private final Instant now;
    private final @Nullable Cursor after;

    /**
     * Where a page begins, and between which moments the first one was asked for: "until now" is another moment for each page.
     *
     * @param behind as the store has it
     */
    private record Cursor(Instant from, Instant to, String behind) {

        String text() {
            String text = from.toEpochMilli() + ":" + to.toEpochMilli() + ":" + behind;
            return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(UTF_8));
        }

        static Cursor read(String text) {
            try {
                String[] parts = new String(Base64.getUrlDecoder().decode(text), UTF_8).split(":", 3);
                Instant from = Instant.ofEpochMilli(Long.parseLong(parts[0]));
                Instant to = Instant.ofEpochMilli(Long.parseLong(parts[1]));
                if (from.getEpochSecond() < 0 || !from.isBefore(to)) {
                    throw wrongCursor(text);
                }
                return new Cursor(from, to, parts[2]);
            } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
                throw wrongCursor(text);
            }
        }
    }

    private UsageQuestion(MultiMap query, Instant now, Set<String> known) {
        this.query = query;
        this.now = Instant.ofEpochMilli(now.toEpochMilli());
        for (String name : query.names()) {
            if (!known.contains(name)) {
                String meant = Nearest.find(name, known)
                        .map(near -> "Did you mean " + near + "?")
                        .orElse("Known are " + String.join(", ", known) + ".");
                throw refused(name, "this parameter is not known", meant);
            }
            if (query.getAll(name).size() > 1) {
                throw refused(name, "given " + query.getAll(name).size() + " times", "Give it once.");
            }
        }
        String behind = query.get("after");
        this.after = behind == null ? null : Cursor.read(behind);
    }

    private static Set<String> names(String... more) {
        Set<String> names = new LinkedHashSet<>(List.of("from", "to"));
        names.addAll(List.of(more));
        for (Dimension dimension : Dimension.values()) {
            names.add(dimension.label());
        }
        names.addAll(List.of("limit", "after"));
        return names;
    }

    /**
     * A question about usage.
     *
     * @param own what the rows must have, whatever is asked
     * @throws GatewayError when it is none
     */
    static UsageQuery usage(MultiMap query, Instant now, Map<Dimension, String> own) {
        UsageQuestion question = new UsageQuestion(query, now, OF_USAGE);
        Map<Dimension, String> where = question.where(own);
        List<Dimension> by = question.by();
        boolean single = by.stream().anyMatch(dimension -> !dimension.isRolledUp())
                || where.keySet().stream().anyMatch(dimension -> !dimension.isRolledUp());
        Instant to = question.to();
        Instant from = question.from(to, single);
        return new UsageQuery(
                from,
                to,
                question.step(),
                by,
                where,
                question.after == null ? null : question.after.behind(),
                question.limit(1_000, MOST_ROWS));
    }

    /**
     * A question about single exchanges.
     *
     * @throws GatewayError when it is none
     */
    static ExchangeQuery exchanges(MultiMap query, Instant now) {
        UsageQuestion question = new UsageQuestion(query, now, OF_EXCHANGES);
        Instant to = question.to();
        return new ExchangeQuery(
                question.from(to, true),
                to,
                question.where(Map.of()),
                question.before(),
                question.limit(100, MOST_EXCHANGES));
    }

    /** Whether the answer shall be CSV. */
    static boolean isCsv(MultiMap query, @Nullable String accept) {
        String format = query.get("format");
        if (format == null) {
            return accept != null
                    && Arrays.stream(accept.split(",", 20))
                            .map(type -> type.split(";", 2)[0].strip())
                            .anyMatch("text/csv"::equalsIgnoreCase);
        }
        return switch (format) {
            case "csv" -> true;
            case "json" -> false;
            default -> throw refused("format", found(format), "Expected: json or csv.");
        };
    }

    /** As {@code next} has it, and {@code after} takes it. */
    static String next(Instant from, Instant to, String behind) {
        return new Cursor(from, to, behind).text();
    }

    /** What the store itself would not take. */
    private static GatewayError wrongCursor(String found) {
        return refused("after", found(found), "Expected: what next of the page before said.");
    }

    private Instant to() {
        if (after != null) {
            return after.to();
        }
        String text = query.get("to");
        return text == null ? now : moment("to", text);
    }

    private Instant from(Instant to, boolean single) {
        String text = query.get("from");
        Instant from = after != null ? after.from() : text == null ? to.minus(USUAL) : moment("from", text);
        if (from.isBefore(Instant.EPOCH) && Instant.EPOCH.isBefore(to)) {
            // All there ever was; and a page has no name for a moment before it.
            from = Instant.EPOCH;
        }
        if (!from.isBefore(to)) {
            throw refused("from", "found " + from, "Expected: a moment before to, which is " + to + ".");
        }
        if (single && Duration.between(from, to).compareTo(LONGEST_OF_SINGLE) > 0) {
            throw refused(
                    "from",
                    "found " + from + ", more than " + LONGEST_OF_SINGLE.toDays() + " days before to",
                    "Single exchanges, and usage by key or user, are looked up in " + LONGEST_OF_SINGLE.toDays()
                            + " days at most.");
        }
        return from;
    }

    private Instant moment(String name, String text) {
        Matcher ago = AGO.matcher(text);
        if (ago.matches()) {
            long number = Long.parseLong(ago.group(1));
            return now.minus(
                    switch (ago.group(2)) {
                        case "m" -> Duration.ofMinutes(number);
                        case "h" -> Duration.ofHours(number);
                        default -> Duration.ofDays(number);
                    });
        }
        Moment moment = Moment.parse(text);
        if (moment == null) {
            throw refused(
                    name,
                    found(text),
                    "Expected: a date such as 2026-11-01, a moment such as 2026-11-01T09:30:00Z, or a time ago such as"
                            + " 90m, 24h or 7d.");
        }
        return moment.at();
    }

    private Step step() {
        String text = query.get("step");
        return switch (text == null ? "total" : text) {
            case "total" -> Step.TOTAL;
            case "minute" -> Step.MINUTE;
            case "hour" -> Step.HOUR;
            case "day" -> Step.DAY;
            default -> throw refused("step", found(text), "Expected: total, minute, hour or day.");
        };
    }

    private List<Dimension> by() {
        String text = query.get("by");
        List<Dimension> by = new ArrayList<>();
        for (String word : text == null || text.isEmpty() ? new String[0] : text.split(",", 20)) {
            Dimension dimension = Arrays.stream(Dimension.values())
                    .filter(known -> known.label().equals(word.strip()))
                    .findFirst()
                    .orElseThrow(() -> refused("by", found(word), "Expected: some of " + DIMENSIONS + "."));
            if (by.contains(dimension)) {
                throw refused("by", "found " + dimension.label() + " twice", "Give each once.");
            }
            by.add(dimension);
        }
        return by;
    }

    private Map<Dimension, String> where(Map<Dimension, String> own) {
        Map<Dimension, String> where = new EnumMap<>(Dimension.class);
        for (Dimension dimension : Dimension.values()) {
            String value = query.get(dimension.label());
            if (value != null) {
                if (value.length() > LONGEST_NAME) {
                    throw refused(
                            dimension.label(),
                            "found a name of " + value.length() + " characters",
                            "Expected: " + LONGEST_NAME + " at most.");
                }
                where.put(dimension, value);
            }
        }
        where.putAll(own);
        return where;
    }

    private @Nullable UUID before() {
        if (after == null) {
            return null;
        }
        try {
            return UUID.fromString(after.behind());
        } catch (IllegalArgumentException e) {
            throw wrongCursor(String.valueOf(query.get("after")));
        }
    }

    private int limit(int usual, int most) {
        String text = query.get("limit");
        if (text == null) {
            return usual;
        }
        int limit = NUMBER.matcher(text).matches() ? Integer.parseInt(text) : 0;
        if (limit < 1 || limit > most) {
            throw refused("limit", found(text), "Expected: a number from 1 to " + most + ".");
        }
        return limit;
    }

    private static String found(@Nullable String text) {
        return "found \"" + shown(String.valueOf(text)) + "\"";
    }

    /** Short and printable: it may end in a terminal. */
    private static String shown(String text) {
        String plain = text.codePoints()
                .limit(LONGEST_SHOWN)
                .mapToObj(c ->
                        c < ' ' || c == 127 || (c > 127 && !Character.isLetterOrDigit(c)) ? "?" : Character.toString(c))
                .collect(Collectors.joining());
        return text.length() > LONGEST_SHOWN ? plain + "..." : plain;
    }

    private static GatewayError refused(String name, String found, String expected) {
        return GatewayError.builder(GatewayError.Kind.INVALID_REQUEST, shown(name) + ": " + found + ".")
                .param(shown(name).toLowerCase(Locale.ROOT))
                .code("invalid_parameter")
                .hint(expected)
                .build();
    }
}
