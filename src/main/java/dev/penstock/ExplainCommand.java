// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.admin.AskedFor;
import dev.penstock.config.LoadResult;
import dev.penstock.config.Secret;
import dev.penstock.config.ServerConfig;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.RequestFacts;
import dev.penstock.routing.Signals;
import io.vertx.core.MultiMap;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Tells which targets a request would try. The running gateway knows how its targets do and is asked first; where none answers,
 * the configuration alone tells the rest, and says that it is only that.
 */
@Command(
        name = "explain",
        description = {
            "Tell which targets a request would try, and why not the others. Sends no request to any provider.",
            "Asks the running gateway; without one, the configuration alone is looked at."
        })
final class ExplainCommand implements Callable<Integer> {

    private static final Duration PATIENCE = Duration.ofSeconds(5);
    /** What a body does not tell of itself. */
    private static final Set<String> BESIDE_A_BODY = Set.of("schema", "tenant", "region", "priority");

    private final Cli cli;

    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private FileOptions files = new FileOptions();

    @Mixin
    private CommonOptions common = new CommonOptions();

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

    @Option(names = "--prefix", paramLabel = "WORD", description = "Stands for the beginning of the prompt.")
    private @Nullable String prefix;

    @Option(
            names = "--body",
            paramLabel = "FILE",
            description =
                    "A request as a client would send it, JSON. It tells everything but --schema, --tenant, --region and --priority.")
    private @Nullable Path body;

    @Option(
            names = "--schema",
            paramLabel = "WORD",
            description = "The API that is spoken: chat (default), messages, responses, completions or embeddings.")
    private @Nullable String schema;

    @Option(
            names = "--admin",
            paramLabel = "URL",
            description =
                    "Admin address of the gateway. Default: the configured one. The token is server.admin_token of the file, or the variable PENSTOCK_ADMIN_TOKEN.")
    private @Nullable URI admin;

    ExplainCommand(Cli cli) {
        this.cli = cli;
    }

    /** What the gateway said. */
    private record Answer(int status, String text) {}

    @Override
    public Integer call() throws InterruptedException {
        if (model == null && body == null) {
            throw new CommandLine.ParameterException(commandLine(), "--model or --body is needed");
        }
        if (body != null) {
            refuseWhatTheBodySays();
        }
        byte[] request = body == null ? null : bytes(body);
        LoadResult config = cli.loader(files.files, null).load();
        if (admin == null && config instanceof LoadResult.Invalid invalid) {
            return cli.refuse(invalid, common.output);
        }
        Answer answer = ask(admin != null ? admin : configured(config), token(config), request);
        if (answer != null) {
            JsonObject explanation = answer.status() == 200 ? explanation(answer) : null;
            return explanation != null ? print(explanation, false) : refuse(answer);
        }
        if (admin != null) {
            cli.err().println("penstock: no answer from " + admin);
            return ExitCode.UNHEALTHY.code;
        }
        return switch (config) {
            case LoadResult.Invalid invalid -> cli.refuse(invalid, common.output);
            case LoadResult.Loaded loaded -> alone(loaded, request);
        };
    }

    private void refuseWhatTheBodySays() {
        Map<String, String> said = asked();
        said.keySet().removeAll(BESIDE_A_BODY);
        if (!said.isEmpty()) {
            String options = said.keySet().stream()
                    .map(name -> "--" + name.replace('_', '-'))
                    .collect(Collectors.joining(", "));
            throw new CommandLine.ParameterException(
                    commandLine(), "--body tells the whole request, so leave out: " + options);
        }
    }

    private byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(cli.workingDirectory().resolve(file));
        } catch (IOException e) {
            throw new CommandLine.ParameterException(commandLine(), "--body: cannot read " + file);
        }
    }

    private CommandLine commandLine() {
        if (spec == null) {
            throw new IllegalStateException("picocli sets the spec before it calls");
        }
        return spec.commandLine();
    }

    // ---- with a gateway

    private static @Nullable URI configured(LoadResult config) {
        ServerConfig server =
                config instanceof LoadResult.Loaded loaded ? loaded.snapshot().server() : ServerConfig.defaults();
        InetSocketAddress address = server.admin();
        return address.getPort() == 0 ? null : URI.create("http://" + Banner.authority(address, address));
    }

    private @Nullable String token(LoadResult config) {
        Secret configured = config instanceof LoadResult.Loaded loaded
                ? loaded.snapshot().server().adminToken()
                : null;
        return configured != null ? configured.reveal() : cli.env().get("PENSTOCK_ADMIN_TOKEN");
    }

    /** What the gateway says, or null when there is none. */
    private @Nullable Answer ask(@Nullable URI gateway, @Nullable String token, byte @Nullable [] request)
            throws InterruptedException {
        if (gateway == null) {
            return null;
        }
        try (HttpClient client =
                HttpClient.newBuilder().connectTimeout(PATIENCE).build()) {
            HttpRequest.Builder call = HttpRequest.newBuilder(gateway.resolve("/admin/v1/explain?" + query()))
                    .timeout(PATIENCE);
            if (token != null) {
                call.header("authorization", "Bearer " + token);
            }
            if (request != null) {
                call.header("content-type", "application/json").POST(HttpRequest.BodyPublishers.ofByteArray(request));
            }
            HttpResponse<String> answer = client.send(call.build(), BodyHandlers.ofString());
            return new Answer(answer.statusCode(), answer.body());
        } catch (IOException e) {
            return null;
        } catch (IllegalArgumentException e) {
            throw new CommandLine.ParameterException(commandLine(), "--admin: not an http or https URL: " + gateway);
        }
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
        return asked;
    }

    private static void put(Map<String, String> asked, String name, @Nullable Object value) {
        if (value != null) {
            asked.put(name, value.toString());
        }
    }

    private String query() {
        return asked().entrySet().stream()
                .map(entry -> entry.getKey() + "=" + URLEncoder.encode(entry.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
    }

    /** Null when something else than a gateway said it. */
    private static @Nullable JsonObject explanation(Answer answer) {
        try {
            JsonObject said = new JsonObject(answer.text());
            return said.getJsonArray("targets") == null ? null : said;
        } catch (RuntimeException e) {
            return null;
        }
    }

    private int refuse(Answer answer) {
        // Where something else listens, its status is all there is to say.
        String message = "status " + answer.status() + ", and no answer of a gateway";
        try {
            JsonObject error = new JsonObject(answer.text()).getJsonObject("error");
            message = error == null ? message : error.getString("message", message);
        } catch (RuntimeException e) {
            // As above.
        }
        cli.err().println("penstock: " + message);
        return ExitCode.FAILURE.code;
    }

    // ---- without one

    private int alone(LoadResult.Loaded loaded, byte @Nullable [] request) {
        AskedFor query = AskedFor.of(MultiMap.caseInsensitiveMultiMap().addAll(asked()));
        if (query == null) {
            throw new CommandLine.ParameterException(
                    commandLine(), "--schema, --priority, --tokens or --max-tokens has a value that is not known");
        }
        RouteExplainer explainer = new RouteExplainer(loaded::snapshot, Signals.UNKNOWN, false);
        try {
            RequestFacts facts =
                    request == null ? query : explainer.read(schema == null ? "chat" : schema, request, query);
            return print(explainer.explain(facts), true);
        } catch (GatewayError e) {
            cli.err().println("penstock: " + e.getMessage());
            return ExitCode.FAILURE.code;
        }
    }

    // ---- output

    private int print(JsonObject explanation, boolean alone) {
        if (common.output == OutputFormat.JSON) {
            cli.out().println(Cli.json(explanation.getMap()));
            return ExitCode.OK.code;
        }
        cli.out()
                .println("model " + explanation.getString("model") + ", strategy " + explanation.getString("strategy")
                        + ", about " + explanation.getLong("tokens") + " tokens");
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
