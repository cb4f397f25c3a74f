// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import dev.penstock.config.LoadResult;
import dev.penstock.config.ReloadResult;
import dev.penstock.config.Snapshot;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The command line as a person and a script see it: what is printed where, and the exit code. */
final class CommandLineTest {

    private static final String CANARY = "canary-5ecret-value";

    @TempDir
    Path folder;

    private final Map<String, String> env = new HashMap<>();
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private GatewayStarter starter = (snapshot, reload) -> new Opened(0);

    /** Opens nothing and stops at once; enough to see what {@code serve} asks of a gateway and prints about it. */
    private record Opened(int exitCode) implements RunningGateway {
        @Override
        public InetSocketAddress api() {
            return new InetSocketAddress(InetAddress.getLoopbackAddress(), 41001);
        }

        @Override
        public InetSocketAddress admin() {
            return new InetSocketAddress(InetAddress.getLoopbackAddress(), 41002);
        }

        @Override
        public ReloadResult reload() {
            throw new IllegalStateException("nobody asked for a reload");
        }

        @Override
        public void awaitStop() {}
    }

    private int run(String... args) {
        PrintWriter output = new PrintWriter(out, true);
        return Main.run(args, new Cli(env, folder, output, new PrintWriter(err, true), starter, new Random(7)));
    }

    private void yaml(String text) throws Exception {
        Files.writeString(folder.resolve("penstock.yaml"), text);
    }

    private JsonNode json() throws Exception {
        return new ObjectMapper().readTree(out.toString());
    }

    // ---- serve

    @Test
    void withoutACommandItServes() {
        int code = run();

        assertThat(code).isZero();
        assertThat(out.toString())
                .as("the output stream belongs to the request log")
                .isEmpty();
        assertThat(err.toString()).isEqualTo("""
                Penstock %s is ready.

                  API        http://127.0.0.1:41001/v1
                  Admin      http://127.0.0.1:41002
                  Providers  demo (built in)
                  Models     demo, demo/demo
                  Key        none needed: everyone who reaches the API may call

                Try it:

                  curl -N http://127.0.0.1:41001/v1/chat/completions -H 'content-type: application/json' -d \
                '{"model":"demo","stream":true,"messages":[{"role":"user","content":"Hello"}]}'

                """.formatted(Version.number()));
    }

    @Test
    void theStartNamesProvidersModelsNotesAndTheKeysPlace() throws Exception {
        env.put("OPENAI_API_KEY", CANARY);
        env.put("AZURE_OPENAI_API_KEY", CANARY);
        yaml("""
                server: {host: 0.0.0.0, api_key: "%s"}
                models: {"it's": openai/gpt-4o}
                """.formatted(CANARY));

        assertThat(run("serve")).isZero();
        assertThat(err.toString())
                .contains("Providers  openai (OPENAI_API_KEY), demo (built in)")
                .contains("Models     it's, openai/<model>, demo/demo")
                .contains("Key        required as bearer token, from penstock.yaml:1")
                .contains(
                        "Note       AZURE_OPENAI_API_KEY is set, but AZURE_OPENAI_ENDPOINT is not: the provider azure is left out.")
                .contains("curl -N http://127.0.0.1:41001/v1/chat/completions")
                .contains("-H \"authorization: Bearer $PENSTOCK_API_KEY\"")
                .contains("{\"model\":\"it'\\''s\",")
                .doesNotContain(CANARY);
    }

    @Test
    void theCommandToTryTakesATenantsKeyFromItsVariable() throws Exception {
        env.put("LATE_KEY", CANARY + "-late");
        env.put("ACME_KEY", CANARY);
        yaml("""
                tenants:
                  acme:
                    keys:
                      - {id: late, secret: "${LATE_KEY}", expires: 2099-01-01}
                      - {id: app, secret: "${ACME_KEY:?the key of acme}"}
                """);

        assertThat(run("serve")).isZero();
        assertThat(err.toString())
                .contains("Key        required as bearer token, one of a tenant's,"
                        + " such as that of penstock.yaml:5 in ACME_KEY")
                .contains("-H \"authorization: Bearer $ACME_KEY\"")
                .doesNotContain(CANARY, "PENSTOCK_API_KEY");
    }

    @Test
    void aTenantsKeyThatNoVariableHoldsIsNamedByItsPlace() throws Exception {
        yaml("tenants: {acme: {keys: [{id: app, secret: \"%s\"}]}}".formatted(CANARY));

        assertThat(run("serve")).isZero();
        assertThat(err.toString())
                .contains("one of a tenant's, such as that of penstock.yaml:1\n")
                .contains("-H \"authorization: Bearer $PENSTOCK_API_KEY\"")
                .doesNotContain(CANARY);
    }

    @Test
    void aKeyOfTheGatewayFromAnotherVariableIsTakenFromThere() throws Exception {
        env.put("MY_KEY", CANARY);
        yaml("server: {api_key: \"${MY_KEY}\"}");

        assertThat(run("serve")).isZero();
        assertThat(err.toString())
                .contains("-H \"authorization: Bearer $MY_KEY\"")
                .doesNotContain(CANARY, "PENSTOCK_API_KEY");
    }

    @Test
    void aGeneratedKeyIsPrintedOnceAndUsed() throws Exception {
        env.put("OPENAI_API_KEY", CANARY);
        yaml("server: {host: 0.0.0.0}");
        Snapshot[] started = new Snapshot[1];
        starter = (snapshot, reload) -> {
            started[0] = snapshot;
            return new Opened(0);
        };

        assertThat(run("serve", "--generate-key")).isZero();

        String key = started[0].server().apiKey().reveal();
        assertThat(key).matches("ps-[A-Za-z0-9]{8}-[A-Za-z0-9]{43}");
        assertThat(err.toString()).containsOnlyOnce(key).contains("export PENSTOCK_API_KEY=" + key);
    }

    @Test
    void aConfiguredKeyIsNotReplacedByAGeneratedOne() throws Exception {
        yaml("server: {api_key: my-own-key}");

        assertThat(run("serve", "--generate-key")).isZero();
        assertThat(err.toString())
                .contains("Note       --generate-key made no key, because penstock.yaml:1 has one.")
                .doesNotContain("ps-")
                .doesNotContain("my-own-key");
    }

    @Test
    void theGeneratedKeySurvivesAReload() throws Exception {
        LoadResult[] reloaded = new LoadResult[1];
        starter = (snapshot, reload) -> {
            reloaded[0] = reload.call();
            assertThat(((LoadResult.Loaded) reloaded[0]).snapshot().server().apiKey())
                    .isEqualTo(snapshot.server().apiKey());
            return new Opened(0);
        };

        assertThat(run("--generate-key")).isZero();
        assertThat(reloaded[0]).isInstanceOf(LoadResult.Loaded.class);
    }

    @Test
    void theStartCanBeReadByAProgram() throws Exception {
        assertThat(run("serve", "-o", "json")).isZero();

        JsonNode start = new ObjectMapper().readTree(err.toString());
        assertThat(start.get("api").asText()).isEqualTo("http://127.0.0.1:41001/v1");
        assertThat(start.get("providers").get("demo").asText()).isEqualTo("built in");
        assertThat(start.get("key_required").asBoolean()).isFalse();
    }

    @Test
    void doesNotStartWithAWrongConfiguration() throws Exception {
        yaml("sever: {port: 1}");
        starter = (snapshot, reload) -> {
            throw new AssertionError("must not start");
        };

        assertThat(run()).isEqualTo(3);
        assertThat(err.toString())
                .isEqualTo(
                        "penstock.yaml:1:1  sever  unknown key. Did you mean \"server\"?\n1 problem in the configuration\n");
    }

    @Test
    void saysWhatToDoWhenThePortIsTaken() {
        starter = (snapshot, reload) -> {
            try (ServerSocket first = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                    ServerSocket second = new ServerSocket(first.getLocalPort(), 1, InetAddress.getLoopbackAddress())) {
                throw new AssertionError("two listeners on one port");
            } catch (BindException e) {
                throw new IllegalStateException("deployment failed", e);
            }
        };

        assertThat(run("serve")).isEqualTo(4);
        assertThat(err.toString())
                .startsWith("cannot start: ")
                .contains("Address already in use", "PENSTOCK__SERVER__PORT");
    }

    @Test
    void endsWithTheCodeOfTheGateway() {
        starter = (snapshot, reload) -> new Opened(1);

        assertThat(run("serve")).isEqualTo(1);
    }

    // ---- check and config

    @Test
    void checkAcceptsARightConfiguration() throws Exception {
        yaml("models: {a: demo/demo}");

        assertThat(run("check")).isZero();
        assertThat(out.toString()).isEqualTo("ok: providers 1, models 2\n");
    }

    @Test
    void checkPrintsProblemsForPrograms() throws Exception {
        yaml("server:\n  prot: 1");

        assertThat(run("check", "-o", "json")).isEqualTo(3);
        assertThat(json().get("valid").asBoolean()).isFalse();
        JsonNode problem = json().get("problems").get(0);
        assertThat(problem.get("file").asText()).isEqualTo("penstock.yaml");
        assertThat(problem.get("line").asInt()).isEqualTo(2);
        assertThat(problem.get("column").asInt()).isEqualTo(3);
        assertThat(problem.get("path").asText()).isEqualTo("server.prot");
        assertThat(problem.get("message").asText()).isEqualTo("unknown key. Did you mean \"port\"?");
    }

    @Test
    void checkTakesSeveralFiles() throws Exception {
        Files.writeString(folder.resolve("a.yaml"), "server: {port: 1}");
        Files.writeString(folder.resolve("b.yaml"), "server: {port: x}");

        assertThat(run("check", "-f", "a.yaml", "--file=b.yaml")).isEqualTo(3);
        assertThat(err.toString()).startsWith("b.yaml:1:16  server.port");
    }

    @Test
    void configPrintsEffectiveValuesWithTheirOrigin() throws Exception {
        env.put("PENSTOCK__SERVER__LOOPS", "2");
        yaml("server:\n  port: 1234\n  api_key: " + CANARY);

        assertThat(run("config", "--origin")).isZero();
        assertThat(out.toString().lines())
                .contains(
                        "server.port: 1234   # penstock.yaml:2",
                        "server.loops: 2   # PENSTOCK__SERVER__LOOPS",
                        "server.host: 127.0.0.1   # default",
                        "server.api_key: ***   # penstock.yaml:3");
    }

    @Test
    void configKeepsEachValueOnItsLine() throws Exception {
        yaml("static: {x: {text: \"one\\ntwo\"}}");

        assertThat(run("config")).isZero();
        assertThat(out.toString().lines()).contains("static.x.text: one\\u000atwo");
    }

    @Test
    void configWithoutOriginPrintsValuesOnly() throws Exception {
        assertThat(run("config", "-o", "json")).isZero();
        assertThat(json().get(0).get("path").asText()).isEqualTo("version");
        assertThat(json().get(0).get("value").asText()).isEqualTo("1");
        assertThat(json().get(0).has("origin")).isFalse();
    }

    /** A secret in its right place, in a wrong one, behind a reference, and in a file that does not even parse. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "server: {api_key: CANARY, admin_token: \"${SECRET}\"}",
                "server: {api_key: [CANARY]}",
                "server: {api_key: {CANARYX: 1}}\nprovidrs: {openai: {api_key: CANARY}}",
                "server: {api_kye: CANARY}",
                "server: {api_key: \"CANARY with blank\"}",
                "server: {api_key: \"${NOT_SET:-CANARY}\", port: x}",
                "server: {port: \"${SECRET}\", host: \"${SECRET}!\", admin: \"${SECRET}\", cors: [\"${SECRET}\"]}",
                "server: {tls: {cert: \"${SECRET}\", key: \"${file:secret.txt}\"}}",
                "providers: {p: {type: openai, base_url: \"https://user:CANARY@host/v1\"}}",
                "providers: {p: {type: openai, base_url: \"https://host/${SECRET}/v1\", models: [\"${SECRET}\"]}}",
                "providers: {p: {type: \"${SECRET}\", base_url: \"${SECRET}\"}}",
                "providers: {p: CANARY}",
                "providers: CANARY",
                "models: {a: \"${SECRET}\"}",
                "models: {a: \"demo/${SECRET}\", b: a, c: [b, static/x]}\nproviders: {demo: {type: demo, models: [\"${SECRET}\"]}}\nstatic: {x: {text: \"${SECRET}\"}}",
                "models: {a: \"p/x\"}\nproviders: {p: {type: demo, models: [\"${SECRET}\"]}}",
                "static: {x: {text: \"${SECRET}\", marker: \"${SECRET}\"}}",
                "rules: {x: [{when: \"${SECRET}\", answer: \"{{${SECRET}}}\"}]}",
                "rules: {x: [{when: \"request.model == '${SECRET}'\", answer: \"${SECRET}\"}, \"${SECRET}\"], y: \"${SECRET}\"}",
                "server: {api_key: CANARY",
                "server: {api_key: *CANARY}",
                "server: {api_key: !CANARY x}",
                "server: {api_key: CANARY}\n---\nserver: {api_key: CANARY}"
            })
    void noCommandEverPrintsASecret(String yaml) throws Exception {
        Files.writeString(folder.resolve("secret.txt"), CANARY);
        env.put("SECRET", CANARY);
        env.put("OPENAI_API_KEY", CANARY);
        env.put("PENSTOCK__PROVIDERS__GROQ__API_KEY", CANARY);
        env.put("PENSTOCK__PROVIDERS__GROQ__TYPE", "openai");
        yaml(yaml.replace("CANARYX", "x").replace("CANARY", CANARY));

        run("check");
        run("check", "-o", "json");
        run("config", "--origin");
        run("config", "--origin", "-o", "json");
        run("health", "--url", "http://127.0.0.1:1");
        String printed = out + err.toString();

        assertThat(printed).isNotEmpty().doesNotContain(CANARY);
    }

    // ---- the others

    @Test
    void schemaPrintsTheCommittedSchema() throws Exception {
        assertThat(run("schema")).isZero();
        assertThat(out.toString())
                .isEqualTo(Files.readString(
                        Path.of(System.getProperty("penstock.basedir", "."), "conf/penstock.schema.json")));
    }

    @Test
    void versionIsOneLineOrOneObject() throws Exception {
        assertThat(run("version")).isZero();
        assertThat(out.toString()).startsWith("penstock " + Version.number() + ", Java ");
        out.getBuffer().setLength(0);

        assertThat(run("version", "-o", "json")).isZero();
        assertThat(json().get("java").asText()).isEqualTo(Runtime.version().toString());
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 503})
    void healthAsksTheConfiguredAdminListener(int status) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/readyz", exchange -> {
            exchange.sendResponseHeaders(status, -1);
            exchange.close();
        });
        server.start();
        try {
            env.put(
                    "PENSTOCK__SERVER__ADMIN",
                    "127.0.0.1:" + server.getAddress().getPort());

            int code = run("health", "-o", "json");

            assertThat(code).isEqualTo(status == 200 ? 0 : 5);
            assertThat(json().get("ready").asBoolean()).isEqualTo(status == 200);
        } finally {
            server.stop(0);
        }
    }

    @Test
    void healthSaysWhenNobodyAnswers() throws Exception {
        int free;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            free = socket.getLocalPort();
        }

        assertThat(run("health", "--url", "http://127.0.0.1:" + free)).isEqualTo(5);
        assertThat(out.toString()).startsWith("not ready: http://127.0.0.1:" + free + "/readyz, no answer");
    }

    @Test
    void healthRefusesWhatIsNoUrl() {
        assertThat(run("health", "--url", "ftp://x")).isEqualTo(2);
    }

    @Test
    void completionIsAScript() {
        assertThat(run("generate-completion")).isZero();
        assertThat(out.toString()).startsWith("#!/usr/bin/env bash").contains("_complete_penstock");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--nope", "nope", "check --nope", "serve extra", "-o yaml"})
    void aWrongCommandLineIsToldApartFromAWrongConfiguration(String line) {
        assertThat(run(line.split(" "))).isEqualTo(2);
        assertThat(err.toString()).contains("Usage: penstock");
    }

    @Test
    void everyCommandExplainsItsExitCodes() {
        for (String command : List.of("serve", "check", "config", "schema", "health", "explain", "version")) {
            out.getBuffer().setLength(0);
            assertThat(run(command, "--help")).isZero();
            assertThat(out.toString())
                    .contains("Usage: penstock " + command, "Exit codes:", "3   The configuration is wrong");
        }
        assertThat(run("-h")).isZero();
        assertThat(run("-V")).isZero();
    }

    @Test
    void theDocumentedExitCodesAreTheRealOnes() throws Exception {
        String page = Files.readString(
                Path.of(System.getProperty("penstock.basedir", "."), "src/site/markdown/configuration.md"));

        ExitCode.list().forEach((code, meaning) -> assertThat(page).contains("| " + code + " | " + meaning + " |"));
    }
}
