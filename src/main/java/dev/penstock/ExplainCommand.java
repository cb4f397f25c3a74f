// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.admin.AskedFor;
import dev.penstock.config.LoadResult;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.RequestFacts;
import dev.penstock.routing.Signals;
import io.vertx.core.MultiMap;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Tells which targets a request would try. The running gateway knows how its targets do and is asked first; where none answers,
 * the configuration alone tells the rest, and says that it is only that.
 */
@Command(
        name = "explain",
        description = {
            "Tell which targets a request would try, and why not the others. Sends no request to any provider.",
            "Asks the running gateway; without one, the configuration alone is looked at.",
            "With an ID, tell what happened to a call: the whole way in order, from the ledger."
        })
final class ExplainCommand implements Callable<Integer> {

    /** What a body does not tell of itself. */
    private static final Set<String> BESIDE_A_BODY = Set.of("schema", "tenant", "region", "priority", "feature");

    private final Cli cli;

    @Mixin
    private Misuse misuse = new Misuse();

    @Mixin
    private GatewayOptions gateway = new GatewayOptions();

    @Parameters(
            arity = "0..1",
            paramLabel = "ID",
            description = "A call that has ended: its x-request-id or UUID. Without it, a request that might be sent.")
    private @Nullable String id;

    @Option(
            names = "--content",
            description =
                    "With an ID: what was said as well, where its tenant has that recorded. It is noted in the audit.")
    private boolean content;

    @Option(names = "--model", paramLabel = "NAME", description = "The name that a client would send.")
    private @Nullable String model;

    @Option(names = "--tokens", paramLabel = "N", description = "Tokens of the prompt.")
    private @Nullable Long tokens;

    @Option(names = "--max-tokens", paramLabel = "N", description = "Most tokens of the answer.")
    private @Nullable Long maxTokens;

    @Option(
            names = {"--tool", "--tools"},
            description = "Tools are offered to the model.")
    private boolean tools;

    @Option(names = "--images", description = "The prompt has images.")
    private boolean images;

    @Option(names = "--structured", description = "The answer must have a certain form.")
    private boolean structured;

    @Option(names = "--stream", description = "The answer is streamed.")
    private boolean stream;

    @Option(names = "--tenant", paramLabel = "NAME", description = "The customer who calls.")
    private @Nullable String tenant;

    @Option(
            names = "--region",
            paramLabel = "NAME",
            description = "Where the customer's data must stay. Default: what the configuration says of the tenant.")
    private @Nullable String region;

    @Option(names = "--user", paramLabel = "NAME", description = "The person behind the request.")
    private @Nullable String user;

    @Option(names = "--priority", paramLabel = "WORD", description = "interactive or batch")
    private @Nullable String priority;

    @Option(names = "--feature", paramLabel = "NAME", description = "The named use case that the call belongs to.")
    private @Nullable String feature;

    @Option(names = "--prefix", paramLabel = "WORD", description = "Stands for the beginning of the prompt.")
    private @Nullable String prefix;

    @Option(
            names = "--body",
            paramLabel = "FILE",
            description =
                    "A request as a client would send it, JSON. It tells everything but --schema, --tenant, --region, --priority and --feature.")
    private @Nullable Path body;

    @Option(
            names = "--schema",
            paramLabel = "WORD",
            description = "The API that is spoken: chat (default), messages, responses, completions or embeddings.")
    private @Nullable String schema;

    ExplainCommand(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() throws InterruptedException {
        if (id != null) {
            return tell(id);
        }
        if (content) {
            throw misuse.because("--content needs an ID");
        }
        if (model == null && body == null) {
            throw misuse.because("an ID, --model or --body is needed");
        }
        if (body != null) {
            refuseWhatTheBodySays();
        }
        byte[] request = body == null ? null : bytes(body);
        LoadResult config = cli.loader(gateway.at.files.files, null).load();
        if (gateway.at.admin == null && config instanceof LoadResult.Invalid invalid) {
            return cli.refuse(invalid, gateway.common.output);
        }
        AdminCall.Answer answer = ask(request);
        if (answer.status() != 0 && !(answer.ok() && isExplanation(answer.body()))) {
            cli.err().println("penstock: " + answer.refusal());
            return ExitCode.FAILURE.code;
        }
        if (answer.status() != 0) {
            return print(answer.body(), false);
        }
        if (gateway.at.admin != null) {
            cli.err().println("penstock: " + answer.refusal());
            return ExitCode.UNHEALTHY.code;
        }
        return switch (config) {
            case LoadResult.Invalid invalid -> cli.refuse(invalid, gateway.common.output);
            case LoadResult.Loaded loaded -> alone(loaded, request);
        };
    }

    /** What happened to one exchange. */
    private int tell(String name) throws InterruptedException {
        if (body != null || !asked().isEmpty()) {
            throw misuse.because("an ID tells of a call that has ended, so leave out what describes a request");
        }
        String path = "/admin/v1/exchanges/" + AdminCall.segment(name);
        AdminCall call = gateway.at.call(cli);
        JsonObject told = new JsonObject();
        int code = call.send("GET", path, null, told::mergeIn);
        if (code != ExitCode.OK.code) {
            return code;
        }
        JsonObject said = new JsonObject();
        if (content) {
            code = call.send("GET", path + "/content", null, said::mergeIn);
        }
        if (gateway.common.isJson()) {
            cli.out().println(Cli.json((said.isEmpty() ? told : told.put("said", said.getMap())).getMap()));
            return code;
        }
        cli.out()
                .println("exchange " + told.getString("id") + ", x-request-id " + told.getString("request_id") + ", "
                        + told.getString("started") + ", node " + told.getString("node"));
        told.getJsonArray("story", new JsonArray()).forEach(step -> cli.out().println(line((JsonObject) step)));
        int others = told.getJsonArray("others", new JsonArray()).size();
        if (others > 0) {
            cli.out().println(others + " earlier with the same x-request-id; -o json has their names.");
        }
        if (!said.isEmpty()) {
            printSaid("request", said.getJsonObject("request", new JsonObject()));
            printSaid("answer", said.getJsonObject("answer", new JsonObject()));
        }
        return code;
    }

    private void printSaid(String what, JsonObject side) {
        cli.out()
                .println("---- " + what + ", " + side.getLong("bytes") + " bytes, " + side.getInteger("redacted")
                        + " places redacted" + (side.getBoolean("cut", false) ? ", cut" : ""));
        // Whoever wrote it may not move the cursor of who reads it.
        cli.out().println(side.getString("text", "").replaceAll("[\\p{Cntrl}&&[^\n\t]]", "?"));
    }

    private static String line(JsonObject step) {
        return String.format(
                Locale.ROOT,
                "%12.3f ms  %-13s  %s",
                step.getDouble("at_ms"),
                step.getString("what"),
                step.getString("says"));
    }

    private void refuseWhatTheBodySays() {
        Map<String, String> said = asked();
        said.keySet().removeAll(BESIDE_A_BODY);
        if (!said.isEmpty()) {
            String options = said.keySet().stream()
                    .map(name -> "--" + name.replace('_', '-'))
                    .collect(Collectors.joining(", "));
            throw misuse.because("--body tells the whole request, so leave out: " + options);
        }
    }

    private byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(cli.workingDirectory().resolve(file));
        } catch (IOException e) {
            throw misuse.because("--body: cannot read " + file);
        }
    }

    // ---- with a gateway

    private AdminCall.Answer ask(byte @Nullable [] request) throws InterruptedException {
        try {
            return gateway.at
                    .call(cli)
                    .sendBytes(
                            request == null ? "GET" : "POST", "/admin/v1/explain?" + AdminCall.query(asked()), request);
        } catch (IllegalArgumentException e) {
            throw misuse.because("--admin: not an http or https URL: " + gateway.at.admin);
        }
    }

    /** Or something else than a gateway said it. */
    private static boolean isExplanation(JsonObject said) {
        return said.getValue("targets") instanceof JsonArray;
    }

    private Map<String, String> asked() {
        Map<String, String> asked = new LinkedHashMap<>();
        put(asked, "model", model);
        put(asked, "schema", schema);
        put(asked, "tokens", tokens);
        put(asked, "max_tokens", maxTokens);
        put(asked, "tools", tools ? true : null);
        put(asked, "images", images ? true : null);
        put(asked, "structured", structured ? true : null);
        put(asked, "stream", stream ? true : null);
        put(asked, "tenant", tenant);
        put(asked, "region", region);
        put(asked, "user", user);
        put(asked, "priority", priority);
        put(asked, "prefix", prefix);
        put(asked, "feature", feature);
        return asked;
    }

    private static void put(Map<String, String> asked, String name, @Nullable Object value) {
        if (value != null) {
            asked.put(name, value.toString());
        }
    }

    // ---- without one

    private int alone(LoadResult.Loaded loaded, byte @Nullable [] request) {
        AskedFor query = AskedFor.of(MultiMap.caseInsensitiveMultiMap().addAll(asked()));
        if (query == null) {
            throw misuse.because("--schema, --priority, --tokens or --max-tokens has a value that is not known");
        }
        RouteExplainer explainer = new RouteExplainer(loaded::snapshot, Signals.UNKNOWN, object -> null, false);
        try {
            RequestFacts facts =
                    request == null ? query : explainer.read(schema == null ? "chat" : schema, request, query);
            return print(explainer.explain(facts, query.feature()), true);
        } catch (GatewayError e) {
            cli.err().println("penstock: " + e.getMessage());
            return ExitCode.FAILURE.code;
        }
    }

    // ---- output

    private int print(JsonObject explanation, boolean alone) {
        if (gateway.common.isJson()) {
            cli.out().println(Cli.json(explanation.getMap()));
            return ExitCode.OK.code;
        }
        cli.out()
                .println("model " + explanation.getString("model") + ", strategy " + explanation.getString("strategy")
                        + ", about " + explanation.getLong("tokens") + " tokens");
        explanation.getJsonArray("switches", new JsonArray()).forEach(each -> {
            JsonObject flipped = (JsonObject) each;
            cli.out().println("switch " + flipped.getString("object") + " is " + flipped.getString("says"));
        });
        JsonArray targets = explanation.getJsonArray("targets", new JsonArray());
        int widest = targets.stream()
                .mapToInt(target -> ((JsonObject) target).getString("target").length())
                .max()
                .orElse(0);
        targets.forEach(target -> cli.out().println(line((JsonObject) target, widest)));
        if (alone) {
            cli.out().println("No gateway answered: this is the configuration alone, how the targets do is unknown.");
        }
        return ExitCode.OK.code;
    }

    private static String line(JsonObject target, int widest) {
        Integer position = target.getInteger("position");
        StringBuilder line = new StringBuilder(String.format(
                Locale.ROOT,
                "%3s  %-" + Math.max(1, widest) + "s  tier %d  %s",
                position == null ? "-" : position,
                target.getString("target"),
                target.getInteger("tier"),
                target.getString("detail")));
        String standing = target.getString("standing", "");
        if (!target.getString("detail").contains(standing)) {
            line.append("; ").append(standing);
        }
        if (target.getDouble("cost_usd") != null) {
            line.append(String.format(Locale.ROOT, "; $%.6f", target.getDouble("cost_usd")));
        }
        if (target.getInteger("in_flight", 0) > 0) {
            line.append("; ").append(target.getInteger("in_flight")).append(" under way");
        }
        if (target.getLong("first_token_ms") != null) {
            line.append("; first token after ")
                    .append(target.getLong("first_token_ms"))
                    .append(" ms");
        }
        return line.toString();
    }
}
