// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.config.Moment;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a provider says was used: its exported table, summed by day of UTC and model. The exports of usage of OpenAI (platform,
 * "Usage", columns as of 2025) and of Anthropic (console, "Usage", columns as of 2026) are known by their columns; of others somebody
 * names them.
 */
final class Invoice {

    /** What is compared. */
    enum Measure {
        REQUESTS,
        INPUT,
        OUTPUT,
        /** Billionths of a US dollar. */
        COST;

        String label() {
            return switch (this) {
                case REQUESTS -> "requests";
                case INPUT -> "input_tokens";
                case OUTPUT -> "output_tokens";
                case COST -> "cost_usd";
            };
        }
    }

    /** @param model without the date at its end, by which exports name what was asked for without one */
    record Place(LocalDate day, String model) implements Comparable<Place> {

        static Place of(LocalDate day, String model) {
            return new Place(day, DATED.matcher(model).replaceFirst(""));
        }

        @Override
        public int compareTo(Place other) {
            int byDay = day.compareTo(other.day);
            return byDay != 0 ? byDay : model.compareTo(other.model);
        }
    }

    /** Of exports that tell no models. */
    static final String ALL_MODELS = "(all)";

    private static final Pattern DATED = Pattern.compile("[-@]20[0-9]{2}-?[0-9]{2}-?[0-9]{2}$");
    private static final Pattern SECONDS = Pattern.compile("[0-9]{9,11}");
    private static final int NANO = 9;

    private static final Map<String, String> OPENAI = Map.of(
            "day", "start_time_iso",
            "model", "model",
            "requests", "num_model_requests",
            "input", "input_tokens",
            "output", "output_tokens");

    private static final Map<String, String> ANTHROPIC = Map.of(
            "day", "usage_date_utc",
            "model", "model_version",
            "input",
                    "usage_input_tokens_no_cache+usage_input_tokens_cache_write_5m+usage_input_tokens_cache_write_1h"
                            + "+usage_input_tokens_cache_read",
            "output", "usage_output_tokens");

    private static final List<String> NAMES = List.of("day", "model", "requests", "input", "output", "cost");

    private final SortedMap<Place, long[]> sums = new TreeMap<>();
    private final List<Measure> measures;

    private Invoice(List<Measure> measures) {
        this.measures = measures;
    }

    /** What the table tells of. */
    List<Measure> measures() {
        return measures;
    }

    /** By place, the measures in the order of their enum. */
    SortedMap<Place, long[]> sums() {
        return sums;
    }

    /**
     * Reads a table.
     *
     * @param named columns by what they mean ({@code day, model, requests, input, output, cost}), several joined by {@code +};
     *     empty: known by the head of the table
     * @throws IllegalArgumentException saying what is wrong with it, and in which line
     */
    static Invoice read(String csv, Map<String, String> named) {
        List<List<String>> lines = Csv.read(csv);
        if (lines.isEmpty()) {
            throw new IllegalArgumentException("the file is empty");
        }
        List<String> head = lines.getFirst().stream().map(String::strip).toList();
        Map<String, String> map = named.isEmpty() ? known(head) : named;
        Map<String, int[]> columns = columns(map, head);
        if (!columns.containsKey("day")) {
            throw new IllegalArgumentException("no column says the day; name it by day=COLUMN");
        }
        List<Measure> measures = Arrays.stream(Measure.values())
                .filter(measure -> columns.containsKey(word(measure)))
                .toList();
        if (measures.isEmpty()) {
            throw new IllegalArgumentException(
                    "no column says what was used; name one of requests, input, output, cost");
        }
        Invoice invoice = new Invoice(measures);
        for (int i = 1; i < lines.size(); i++) {
            invoice.add(lines.get(i), head.size(), columns, "row " + i + " below the head");
        }
        return invoice;
    }

    private static Map<String, String> known(List<String> head) {
        if (head.contains("usage_date_utc") && head.contains("model_version")) {
            return ANTHROPIC;
        }
        if (head.contains("start_time_iso") && head.contains("num_model_requests")) {
            return OPENAI;
        }
        throw new IllegalArgumentException(
                "the columns are neither those of OpenAI's nor of Anthropic's export of usage;"
                        + " name them by --column-map day=COLUMN,model=COLUMN,input=COLUMN,output=COLUMN,cost=COLUMN");
    }

    private static String word(Measure measure) {
        return NAMES.get(2 + measure.ordinal());
    }

    private static Map<String, int[]> columns(Map<String, String> map, List<String> head) {
        Map<String, int[]> columns = new LinkedHashMap<>();
        map.forEach((name, sum) -> {
            if (!NAMES.contains(name)) {
                throw new IllegalArgumentException(
                        "column map: \"" + name + "\" (expected: one of " + String.join(", ", NAMES) + ")");
            }
            columns.put(
                    name,
                    Arrays.stream(sum.split("\\+"))
                            .mapToInt(column -> {
                                int at = head.indexOf(column.strip());
                                if (at < 0 || at != head.lastIndexOf(column.strip())) {
                                    throw new IllegalArgumentException("the column \"" + column.strip() + "\" is there "
                                            + (at < 0 ? "not at all" : "more than once"));
                                }
                                return at;
                            })
                            .toArray());
        });
        return columns;
    }

    private void add(List<String> cells, int width, Map<String, int[]> columns, String where) {
        if (cells.size() != width) {
            throw new IllegalArgumentException(
                    where + " has " + cells.size() + " cells (expected: " + width + ", as the head)");
        }
        long[] found = new long[Measure.values().length];
        boolean any = false;
        for (Measure measure : measures) {
            BigDecimal sum = BigDecimal.ZERO;
            for (int column : columns.getOrDefault(word(measure), new int[0])) {
                sum = sum.add(number(cells.get(column).strip(), where));
            }
            BigDecimal whole = measure == Measure.COST ? sum.movePointRight(NANO) : sum;
            found[measure.ordinal()] = whole.setScale(0, RoundingMode.HALF_UP).longValue();
            any |= sum.signum() != 0;
        }
        int[] modelAt = columns.get("model");
        String model = modelAt == null ? ALL_MODELS : cells.get(modelAt[0]).strip();
        if (!any) {
            // OpenAI has a row without a model for each hour in which nothing was asked.
            return;
        }
        LocalDate day =
                day(cells.get(columns.getOrDefault("day", new int[1])[0]).strip(), where);
        long[] sum = sums.computeIfAbsent(Place.of(day, model), place -> new long[found.length]);
        for (int i = 0; i < found.length; i++) {
            sum[i] += found[i];
        }
    }

    private static BigDecimal number(String text, String where) {
        if (text.isEmpty()) {
            return BigDecimal.ZERO;
        }
        try {
            if (text.length() > 40) {
                throw new NumberFormatException();
            }
            BigDecimal number = new BigDecimal(text.startsWith("$") ? text.substring(1) : text);
            if (Math.abs((long) number.scale()) > 40) {
                throw new NumberFormatException();
            }
            return number;
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(where + " has something else where a number is expected", e);
        }
    }

    private static LocalDate day(String text, String where) {
        Instant at = null;
        if (SECONDS.matcher(text).matches()) {
            at = Instant.ofEpochSecond(Long.parseLong(text));
        } else {
            @Nullable Moment moment = Moment.parse(text.replace(' ', 'T'));
            at = moment == null && text.length() >= 10 ? dayOnly(text) : moment == null ? null : moment.at();
        }
        if (at == null) {
            throw new IllegalArgumentException(
                    where + " has no day where one is expected, such as 2026-11-01 or 2026-11-01T00:00:00Z");
        }
        return at.atZone(ZoneOffset.UTC).toLocalDate();
    }

    /** A time without an offset is one of UTC. */
    private static @Nullable Instant dayOnly(String text) {
        Moment moment = Moment.parse(text.substring(0, 10));
        return moment == null ? null : moment.at();
    }
}
