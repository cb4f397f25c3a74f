// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.Invoice.Measure;
import dev.penstock.Invoice.Place;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableSet;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Compares the ledger with what a provider says was used. Every attempt counts at the provider that it went to, those included that
 * another target's answer followed: the provider bills them all the same.
 */
@Command(
        name = "reconcile",
        description = {
            "Compare the ledger with a provider's exported usage or invoice, by day of UTC and model.",
            "Exit code 0: they agree. 1: they differ by more than the tolerance, or could not be compared."
        })
final class ReconcileCommand implements Callable<Integer> {

    private static final int PAGE = 1_000;
    private static final int MOST_DAYS = 366;
    private static final long LARGEST_FILE = 256L << 20;

    private final Cli cli;

    @Mixin
    private Misuse misuse = new Misuse();

    @Mixin
    private GatewayOptions gateway = new GatewayOptions();

    @Option(names = "--invoice", paramLabel = "FILE", required = true, description = "The exported table, CSV.")
    private Path invoice = Path.of("");

    @Option(
            names = "--provider",
            paramLabel = "NAME",
            required = true,
            description = "Whose it is, by the name that the configuration gives the provider.")
    private String provider = "";

    @Option(
            names = "--from",
            paramLabel = "DAY",
            description = "First day, such as 2026-11-01. Default: the first of the file.")
    private @Nullable LocalDate from;

    @Option(
            names = "--to",
            paramLabel = "DAY",
            description = "First day after it. Default: the day after the last of the file.")
    private @Nullable LocalDate to;

    @Option(
            names = "--column-map",
            paramLabel = "MEANING=COLUMN",
            split = ",",
            description =
                    "Which column is what: day, model, requests, input, output, cost (US dollars); several that are added up are joined by +. Not needed for the usage exports of OpenAI and Anthropic.")
    private Map<String, String> columns = new LinkedHashMap<>();

    @Option(
            names = "--tolerance",
            paramLabel = "PERCENT",
            defaultValue = "1",
            description = "Up to this much of the larger side is no difference. Default: ${DEFAULT-VALUE}")
    private BigDecimal tolerance = BigDecimal.ONE;

    ReconcileCommand(Cli cli) {
        this.cli = cli;
    }

    /** @param invoiced what the provider says */
    private record Difference(Place place, Measure measure, long ledger, long invoiced) {}

    @Override
    public Integer call() throws InterruptedException {
        Invoice told;
        try {
            Path file = cli.workingDirectory().resolve(invoice);
            if (Files.size(file) > LARGEST_FILE) {
                throw new IllegalArgumentException("the file is larger than 256MiB");
            }
            told = Invoice.read(Files.readString(file), columns);
        } catch (IOException e) {
            throw misuse.because("--invoice: cannot read " + invoice);
        } catch (IllegalArgumentException e) {
            cli.err().println("penstock: " + invoice + ": " + e.getMessage());
            return ExitCode.FAILURE.code;
        }
        LocalDate first = from != null
                ? from
                : told.sums().isEmpty() ? null : told.sums().firstKey().day();
        LocalDate end = to != null
                ? to
                : told.sums().isEmpty() ? null : told.sums().lastKey().day().plusDays(1);
        if (first == null || end == null) {
            throw misuse.because("the file tells of no usage, so --from and --to are needed");
        }
        if (!first.isBefore(end) || first.plusDays(MOST_DAYS).isBefore(end)) {
            throw misuse.because("--from must be a day before --to, and no more than " + MOST_DAYS + " of them");
        }
        boolean byModel =
                told.sums().keySet().stream().noneMatch(place -> place.model().equals(Invoice.ALL_MODELS));
        SortedMap<Place, long[]> ledger = new TreeMap<>();
        for (LocalDate day = first; day.isBefore(end); day = day.plusDays(1)) {
            int code = add(day, byModel, ledger);
            if (code != ExitCode.OK.code) {
                return code;
            }
        }
        return print(compared(told, ledger, first, end), told, first, end);
    }

    // ---- the ledger's side

    private int add(LocalDate day, boolean byModel, SortedMap<Place, long[]> sums) throws InterruptedException {
        AdminCall call = gateway.at.call(cli);
        Map<String, String> asked = new LinkedHashMap<>();
        asked.put("from", day.toString());
        asked.put("to", day.plusDays(1).toString());
        asked.put("limit", Integer.toString(PAGE));
        String[] next = new String[1];
        do {
            if (next[0] != null) {
                asked.put("after", next[0]);
            }
            int code = call.send("GET", "/admin/v1/exchanges?" + AdminCall.query(asked), null, page -> {
                page.getJsonArray("exchanges").forEach(each -> add((JsonObject) each, byModel, sums));
                next[0] = page.getString("next");
            });
            if (code != ExitCode.OK.code) {
                return code;
            }
        } while (next[0] != null);
        return ExitCode.OK.code;
    }

    private void add(JsonObject exchange, boolean byModel, SortedMap<Place, long[]> sums) {
        LocalDate day = Instant.parse(exchange.getString("started"))
                .atZone(ZoneOffset.UTC)
                .toLocalDate();
        exchange.getJsonArray("attempts").forEach(each -> {
            JsonObject attempt = (JsonObject) each;
            if (!provider.equals(attempt.getString("provider")) || attempt.getInteger("calls", 0) == 0) {
                return;
            }
            Place place = Place.of(day, byModel ? attempt.getString("provider_model") : Invoice.ALL_MODELS);
            long[] sum = sums.computeIfAbsent(place, made -> new long[Measure.values().length]);
            sum[Measure.REQUESTS.ordinal()] += attempt.getInteger("calls", 0);
            sum[Measure.INPUT.ordinal()] += attempt.getLong("input_tokens", 0L);
            sum[Measure.OUTPUT.ordinal()] += attempt.getLong("output_tokens", 0L);
            Long cost = attempt.getLong("cost_nano_usd");
            sum[Measure.COST.ordinal()] += cost == null ? 0 : cost;
        });
    }

    // ---- both

    private List<Difference> compared(Invoice told, SortedMap<Place, long[]> ledger, LocalDate first, LocalDate end) {
        NavigableSet<Place> places = new TreeSet<>(ledger.keySet());
        told.sums().keySet().stream()
                .filter(place -> !place.day().isBefore(first) && place.day().isBefore(end))
                .forEach(places::add);
        long[] nothing = new long[Measure.values().length];
        List<Difference> differences = new ArrayList<>();
        for (Place place : places) {
            for (Measure measure : told.measures()) {
                long here = ledger.getOrDefault(place, nothing)[measure.ordinal()];
                long there = told.sums().getOrDefault(place, nothing)[measure.ordinal()];
                if (isBeyond(here, there)) {
                    differences.add(new Difference(place, measure, here, there));
                }
            }
        }
        return differences;
    }

    private boolean isBeyond(long here, long there) {
        BigDecimal difference =
                BigDecimal.valueOf(here).subtract(BigDecimal.valueOf(there)).abs();
        BigDecimal most =
                BigDecimal.valueOf(Math.max(here, there)).multiply(tolerance).movePointLeft(2);
        return difference.compareTo(most) > 0;
    }

    private int print(List<Difference> differences, Invoice told, LocalDate first, LocalDate end) {
        if (gateway.common.isJson()) {
            JsonArray all = new JsonArray();
            differences.forEach(each -> all.add(new JsonObject()
                    .put("day", each.place().day().toString())
                    .put("model", each.place().model())
                    .put("measure", each.measure().label())
                    .put("ledger", amount(each.measure(), each.ledger()))
                    .put("invoice", amount(each.measure(), each.invoiced()))
                    .put("difference", amount(each.measure(), each.invoiced() - each.ledger()))));
            cli.out()
                    .println(new JsonObject()
                            .put("agrees", differences.isEmpty())
                            .put("provider", provider)
                            .put("from", first.toString())
                            .put("to", end.toString())
                            .put("tolerance_percent", tolerance.toPlainString())
                            .put(
                                    "compared",
                                    new JsonArray(told.measures().stream()
                                            .map(Measure::label)
                                            .toList()))
                            .put("differences", all)
                            .encodePrettily());
        } else {
            differences.forEach(each -> cli.out()
                    .println(String.format(
                            Locale.ROOT,
                            "%s  %s  %s: ledger %s, invoice %s (%s%s)",
                            each.place().day(),
                            each.place().model(),
                            each.measure().label(),
                            amount(each.measure(), each.ledger()),
                            amount(each.measure(), each.invoiced()),
                            each.invoiced() > each.ledger() ? "+" : "",
                            amount(each.measure(), each.invoiced() - each.ledger()))));
            cli.out()
                    .println(
                            differences.isEmpty()
                                    ? "Ledger and invoice of " + provider + " agree from " + first + " to " + end + "."
                                    : differences.size() + " differences beyond " + tolerance.toPlainString() + " %.");
        }
        return differences.isEmpty() ? ExitCode.OK.code : ExitCode.FAILURE.code;
    }

    private static String amount(Measure measure, long value) {
        return measure == Measure.COST ? UsagePage.usd(value) : Long.toString(value);
    }
}
