// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows what calls have used and cost, from the ledger of the running gateway. */
@Command(
        name = "usage",
        description = {
            "Show what calls have used and cost, by tenant, feature, model, provider, outcome, key or user.",
            "Asks the running gateway for all pages of /admin/v1/usage."
        })
final class UsageCommand implements Callable<Integer> {

    /** Who reads the result. */
    enum Format {
        TEXT,
        JSON,
        CSV
    }

    private final Cli cli;

    @Mixin
    private AdminOptions gateway = new AdminOptions();

    @Option(
            names = "--by",
            paramLabel = "NAME",
            split = ",",
            description =
                    "What rows are apart by: tenant, feature, model, provider, outcome, key, user. Default: ${DEFAULT-VALUE}",
            defaultValue = "model")
    private List<String> by = List.of();

    @Option(
            names = "--from",
            paramLabel = "WHEN",
            description =
                    "A date (its beginning in UTC), a date with time and offset, or a time ago such as 7d. Default: a day before --to.")
    private @Nullable String from;

    @Option(names = "--to", paramLabel = "WHEN", description = "The same; that moment is not included. Default: now.")
    private @Nullable String to;

    @Option(names = "--step", paramLabel = "WORD", description = "total (the default), minute, hour or day")
    private @Nullable String step;

    @Option(
            names = "--where",
            paramLabel = "NAME=VALUE",
            description = "Only rows with this value, such as tenant=acme. May be given more than once.")
    private Map<String, String> where = new LinkedHashMap<>();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            description = "text (for people, the default), json or csv (for programs)")
    private Format output = Format.TEXT;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    boolean help;

    UsageCommand(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() throws InterruptedException {
        Map<String, String> asked = new LinkedHashMap<>(where);
        asked.put("by", String.join(",", by));
        put(asked, "from", from);
        put(asked, "to", to);
        put(asked, "step", step);
        AdminCall call = gateway.call(cli);
        JsonArray rows = new JsonArray();
        JsonObject[] first = new JsonObject[1];
        String[] next = new String[1];
        do {
            put(asked, "after", next[0]);
            int code = call.send("GET", "/admin/v1/usage?" + AdminCall.query(asked), null, page -> {
                first[0] = first[0] == null ? page : first[0];
                rows.addAll(page.getJsonArray("rows"));
                next[0] = page.getString("next");
            });
            if (code != ExitCode.OK.code) {
                return code;
            }
        } while (next[0] != null);
        print(first[0].put("rows", rows).putNull("next"));
        return ExitCode.OK.code;
    }

    private static void put(Map<String, String> asked, String name, @Nullable String value) {
        if (value != null) {
            asked.put(name, value);
        }
    }

    private void print(JsonObject usage) {
        List<String> groups =
                usage.getJsonArray("by").stream().map(String.class::cast).toList();
        switch (output) {
            case JSON -> cli.out().println(usage.encodePrettily());
            case CSV -> {
                cli.out().print(UsagePage.csv(groups, usage.getJsonArray("rows")));
                cli.out().flush();
            }
            case TEXT -> table(usage, groups);
        }
    }

    private void table(JsonObject usage, List<String> groups) {
        boolean total = "total".equals(usage.getString("step"));
        List<String> columns = new ArrayList<>(total ? List.of() : List.of("start"));
        columns.addAll(groups);
        int texts = columns.size();
        columns.addAll(List.of("exchanges", "failures", "input_tokens", "output_tokens", "cost_usd", "unpriced"));
        List<List<String>> lines = new ArrayList<>(List.of(columns));
        usage.getJsonArray("rows")
                .forEach(row -> lines.add(columns.stream()
                        .map(column -> shown(UsagePage.text((JsonObject) row, column)))
                        .toList()));
        cli.out().println("from " + usage.getString("from") + " to " + usage.getString("to"));
        for (List<String> line : lines) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < columns.size(); i++) {
                int at = i;
                int width = lines.stream()
                        .mapToInt(other -> other.get(at).length())
                        .max()
                        .orElse(1);
                text.append(String.format(Locale.ROOT, (i < texts ? "%-" : "%") + width + "s  ", line.get(i)));
            }
            cli.out().println(text.toString().stripTrailing());
        }
        if (lines.size() == 1) {
            cli.out().println("nothing was used");
        }
    }

    private static String shown(String text) {
        return text.isEmpty() ? "-" : text;
    }
}
