// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What wrong configurations are answered: the exact words, with the exact place. */
final class ConfigProblemsTest {

    @TempDir
    Path folder;

    ConfigRoom room;

    @BeforeEach
    void openRoom() {
        room = new ConfigRoom(folder);
    }

    static Stream<Arguments> oneProblemEach() {
        return Stream.of(
                wrong("sever: {port: 1}", "1:1  sever  unknown key. Did you mean \"server\"?"),
                wrong(
                        "models:\n  chat:\n    targets:\n      - {use: demo/demo}\n      - {use: demo/x, wieght: 1}\nproviders:\n  demo: {type: demo, models: [demo, x]}",
                        "5:23  models.chat.targets[1].wieght  unknown key. Did you mean \"weight\"?"),
                wrong("server: {max_boddy: 1MiB}", "1:10  server.max_boddy  unknown key. Did you mean \"max_body\"?"),
                wrong(
                        "jobs: {}",
                        "1:1  jobs  unknown key; expected one of version, server, tenants, providers, models, static, rules, fetch, cluster, limits, budget, unpriced, prices, features, switches, auth, roles, idempotency, storage, observability, alerts"),
                wrong("version: 2", "1:10  version  2; expected 1"),
                wrong(
                        "server:\n  port: eighty",
                        "2:9  server.port  \"eighty\"; expected a whole number from 0 to 65535"),
                wrong("server: {port: 65536}", "1:16  server.port  65536; expected a whole number from 0 to 65535"),
                wrong("server: {port: -1}", "1:16  server.port  -1; expected a whole number from 0 to 65535"),
                wrong("server: {port: 08080}", "1:16  server.port  \"08080\"; expected a whole number from 0 to 65535"),
                wrong(
                        "server: {port: 99999999999999999999}",
                        "1:16  server.port  \"99999999999999999999\"; expected a whole number from 0 to 65535"),
                wrong("server: {port: }", "1:15  server.port  nothing; expected a whole number from 0 to 65535"),
                wrong("server: [port]", "1:9  server  a list; expected a map with keys such as port, host, admin"),
                wrong(
                        "server: {max_body: 20MB}",
                        "1:20  server.max_body  \"20MB\"; expected a size from 1KiB to 1GiB, such as 512KiB or 20MiB"),
                wrong(
                        "server: {max_body: 99999999999GiB}",
                        "1:20  server.max_body  \"99999999999GiB\"; expected a size from 1KiB to 1GiB, such as 512KiB or 20MiB"),
                wrong(
                        "server: {drain: 30}",
                        "1:17  server.drain  30; expected a duration from 0s to 24h, such as 200ms, 30s, 2m or 1h"),
                wrong(
                        "server: {head_timeout: 0s}",
                        "1:24  server.head_timeout  \"0s\"; expected a duration from 1ms to 1h, such as 200ms, 30s, 2m or 1h"),
                wrong("server: {admin: 9090}", "1:17  server.admin  9090; expected host:port, such as 127.0.0.1:9090"),
                wrong(
                        "server: {host: 999.0.0.1}",
                        "1:16  server.host  \"999.0.0.1\"; expected an address or a host name, such as 127.0.0.1"),
                wrong(
                        "server: {admin: \"127.0.0.1:8080\"}",
                        "1:17  server.admin  the address of the API; expected an address of its own"),
                wrong(
                        "server: {cors: [\"https://a.example/path\"]}",
                        "1:17  server.cors[0]  \"https://a.example/path\"; expected an origin, such as https://app.example.com"),
                wrong("server: {open: maybe}", "1:16  server.open  \"maybe\"; expected true or false"),
                wrong("server: {api_key: \"\"}", "1:19  server.api_key  an empty secret; expected a value"),
                wrong(
                        "server: {api_key: \"a b\"}",
                        "1:19  server.api_key  a secret with blanks or characters that no header can carry; expected printable ASCII"),
                wrong(
                        "server: {tls: {cert: none.pem, key: penstock.yaml}}",
                        "1:22  server.tls.cert  \"none.pem\"; expected a file that can be read"),
                wrong(
                        "server: {tls: {cert: penstock.yaml}}",
                        "1:15  server.tls.key  missing; expected a path, such as /etc/penstock/ca.pem"),
                wrong("server: {loops: 1, loops: 2}", "1:20  server.loops  duplicate key, first used in line 1"),
                wrong(
                        "server: {api_key: \"${MISSING}\"}",
                        "1:19  server.api_key  the variable MISSING is not set; expected a value in the environment"),
                wrong(
                        "server: {api_key: \"${MISSING:?ask the team}\"}",
                        "1:19  server.api_key  the variable MISSING is not set; expected ask the team"),
                wrong(
                        "server: {api_key: \"${file:none.txt}\"}",
                        "1:19  server.api_key  the file none.txt cannot be read; expected a readable UTF-8 file"),
                wrong(
                        "server: {api_key: \"${MISSING\"}",
                        "1:19  server.api_key  a ${ without its }; expected ${VAR}, ${VAR:-default}, ${VAR:?why it is needed} or ${file:/path}"),
                wrong(
                        "server: {api_key: \"${A B}\"}",
                        "1:19  server.api_key  a ${...} that is none of the known forms; expected ${VAR}, ${VAR:-default}, ${VAR:?why it is needed} or ${file:/path}"),
                wrong(
                        "providers: {opnai: {type: openai}}",
                        "1:13  providers.opnai.base_url  missing; expected where its API begins, such as https://host.example/v1. Did you mean \"openai\"?"),
                wrong(
                        "providers: {x: {base_url: \"http://h/v1\"}}",
                        "1:16  providers.x.type  missing; expected openai or azure or anthropic or gemini or bedrock or ollama or cohere or demo"),
                wrong(
                        "providers: {x: {type: opnai}}",
                        "1:23  providers.x.type  \"opnai\"; expected openai or azure or anthropic or gemini or bedrock or ollama or cohere or demo. Did you mean \"openai\"?"),
                wrong(
                        "providers: {x: {type: openai, base_url: \"h:80/v1\"}}",
                        "1:41  providers.x.base_url  \"h:80/v1\"; expected an http or https URL, such as https://host.example/v1"),
                wrong(
                        "providers: {x: {type: openai, base_url: \"https://h/v1/chat/completions\"}}",
                        "1:41  providers.x.base_url  \"https://h/v1/chat/completions\"; expected where the API begins, without /chat/completions"),
                wrong(
                        "providers: {x: {type: openai, base_url: \"http://h/v1\", pool: 0}}",
                        "1:62  providers.x.pool  0; expected a count from 1 to 65535, such as 256 or 100k"),
                wrong(
                        "providers: {x: {type: demo, api_key: k}}",
                        "1:29  providers.x.api_key  not used by type demo; expected it to be absent"),
                wrong(
                        "providers: {x: {type: antropic}}",
                        "1:23  providers.x.type  \"antropic\"; expected openai or azure or anthropic or gemini or bedrock or ollama or cohere or demo. Did you mean \"anthropic\"?"),
                wrong(
                        "providers: {x: {type: demo, regoin: eu-west-1}}",
                        "1:29  providers.x.regoin  unknown key. Did you mean \"region\"?"),
                wrong(
                        "providers: {azure: {type: azure, api_key: k}}",
                        "1:13  providers.azure.base_url  missing; expected the address of the resource, such as https://my-resource.openai.azure.com"),
                wrong(
                        "providers: {azure: {type: azure, base_url: \"https://h/openai/v1\"}}",
                        "1:44  providers.azure.base_url  \"https://h/openai/v1\"; expected the address of the resource, without /openai"),
                wrong(
                        "providers: {azure: {type: azure, base_url: \"https://h\", api_version: \"x&y=z\"}}",
                        "1:70  providers.azure.api_version  \"x&y=z\"; expected the date of an API version or nothing, such as 2024-10-21"),
                wrong(
                        "providers: {a: {type: anthropic, base_url: \"https://h/v1\"}}",
                        "1:44  providers.a.base_url  \"https://h/v1\"; expected where the API begins, without /v1"),
                wrong(
                        "providers: {a: {type: anthropic, usage_in_stream: true}}",
                        "1:34  providers.a.usage_in_stream  not used by type anthropic; expected it to be absent"),
                wrong(
                        "providers: {a: {type: anthropic, default_max_tokens: 0}}",
                        "1:54  providers.a.default_max_tokens  0; expected a count from 1 to 1M, such as 256 or 100k"),
                wrong(
                        "providers: {g: {type: gemini, base_url: \"https://h/v1beta\"}}",
                        "1:41  providers.g.base_url  \"https://h/v1beta\"; expected where the API begins, without /v1beta"),
                wrong(
                        "providers: {g: {type: gemini, region: eu-west-1}}",
                        "1:31  providers.g.region  not used by type gemini; expected it to be absent"),
                wrong(
                        "providers: {c: {type: cohere, base_url: \"https://h/v2/chat\"}}",
                        "1:41  providers.c.base_url  \"https://h/v2/chat\"; expected where the API begins, without /chat"),
                wrong(
                        "providers: {c: {type: cohere, base_url: \"https://h/v1\"}}",
                        "1:41  providers.c.base_url  \"https://h/v1\"; expected where version 2 of the API begins, such as https://host.example/v2"),
                wrong(
                        "providers: {c: {type: cohere, usage_in_stream: true}}",
                        "1:31  providers.c.usage_in_stream  not used by type cohere; expected it to be absent"),
                wrong(
                        "providers: {b: {type: bedrock, api_key: k}}",
                        "1:13  providers.b.region  missing; expected a region of AWS, such as eu-central-1, here or in AWS_REGION"),
                wrong(
                        "providers: {b: {type: bedrock, api_key: k, region: evil.example}}",
                        "1:52  providers.b.region  \"evil.example\"; expected a region of AWS, such as eu-central-1"),
                wrong(
                        "providers: {b: {type: bedrock, region: eu-west-1, api_key: k, profile: work}}",
                        "1:63  providers.b.profile  a profile beside a key; expected one way to sign in"),
                wrong(
                        "providers: {b: {type: bedrock, profile: work}}",
                        "1:13  providers.b.region  missing; expected a region of AWS, such as eu-central-1, here or in AWS_REGION"),
                wrong(
                        "providers: {o: {type: openai, base_url: \"http://h/v1\", profile: work}}",
                        "1:56  providers.o.profile  not used by type openai; expected it to be absent"),
                wrong(
                        "providers: {v: {type: gemini, project: p}}",
                        "1:13  providers.v.location  missing; expected a location of Vertex AI, such as europe-west4 or global"),
                wrong(
                        "providers: {v: {type: gemini, location: global}}",
                        "1:13  providers.v.project  missing; expected the project of Google Cloud that is billed"),
                wrong(
                        "providers: {v: {type: gemini, project: p, location: global, api_key: k}}",
                        "1:61  providers.v.api_key  a key beside a project of Vertex AI; expected one way to sign in"),
                wrong(
                        "providers: {v: {type: gemini, project: p, location: evil.example}}",
                        "1:53  providers.v.location  \"evil.example\"; expected a location of Vertex AI, such as europe-west4 or global"),
                wrong(
                        "providers: {v: {type: gemini, project: a/b, location: global}}",
                        "1:40  providers.v.project  \"a/b\"; expected a project of Google Cloud, such as my-project"),
                wrong(
                        "providers: {v: {type: gemini, project: p, location: global, credentials: nowhere.json}}",
                        "1:74  providers.v.credentials  \"nowhere.json\"; expected a file that can be read"),
                wrong(
                        "providers: {b: {type: bedrock, region: eu-west-1, access_key_id: a}}",
                        "1:13  providers.b.secret_access_key  missing; expected access_key_id and secret_access_key together"),
                wrong(
                        "providers: {b: {type: bedrock, region: eu-west-1, api_key: k, access_key_id: a, secret_access_key: s}}",
                        "1:51  providers.b.api_key  a key beside access keys; expected one way to sign in"),
                wrong(
                        "providers: {b: {type: bedrock, base_url: \"http://h\", access_key_id: a, secret_access_key: s}}",
                        "1:13  providers.b.region  missing; expected a region of AWS, such as eu-central-1, here or in AWS_REGION"),
                wrong(
                        "providers: {l: {type: ollama, base_url: \"http://h/api/chat\"}}",
                        "1:41  providers.l.base_url  \"http://h/api/chat\"; expected where the server is, without /api or /v1"),
                wrong(
                        "providers: {l: {type: ollama, base_url: \"http://h/v1\"}}",
                        "1:41  providers.l.base_url  \"http://h/v1\"; expected where the server is, without /api or /v1"),
                wrong(
                        "providers: {l: {type: ollama, usage_in_stream: true}}",
                        "1:31  providers.l.usage_in_stream  not used by type ollama; expected it to be absent"),
                wrong(
                        "providers: {o: {type: openai, base_url: \"http://h/v1\", default_max_tokens: 1}}",
                        "1:56  providers.o.default_max_tokens  not used by type openai; expected it to be absent"),
                wrong(
                        "models: {chat: bedrock/x}",
                        "1:16  models.chat  \"bedrock/x\"; expected a configured provider (demo); AWS_BEARER_TOKEN_BEDROCK and AWS_REGION bring bedrock"),
                wrong(
                        "providers: {static: {type: demo}}",
                        "1:13  providers.static  the name static belongs to the section static; expected another name"),
                wrong(
                        "providers: {a/b: {type: demo}}",
                        "1:13  providers.a/b  not a name for a provider; expected up to 64 of letters, digits, dot, dash and _"),
                wrong(
                        "models: {chat: dmo/demo}",
                        "1:16  models.chat  \"dmo/demo\"; expected a configured provider (demo). Did you mean \"demo/demo\"?"),
                wrong(
                        "models: {chat: [demo/demo, openai/gpt-4o]}",
                        "1:28  models.chat[1]  \"openai/gpt-4o\"; expected a configured provider (demo); OPENAI_API_KEY brings openai"),
                wrong(
                        "models: {chat: anthropic/claude-sonnet-4-5}",
                        "1:16  models.chat  \"anthropic/claude-sonnet-4-5\"; expected a configured provider (demo); ANTHROPIC_API_KEY brings anthropic"),
                wrong(
                        "models: {chat: smrt, smart: demo/demo}",
                        "1:16  models.chat  \"smrt\"; expected provider/model or the name of another model. Did you mean \"smart\"?"),
                wrong(
                        "models: {chat: static/bussy}\nstatic: {busy: {text: x}}",
                        "1:16  models.chat  \"static/bussy\"; expected one of its models, busy. Did you mean \"static/busy\"?"),
                wrong(
                        "models: {a: b, b: {targets: [demo/demo, {use: a}]}}",
                        "1:47  models.b.targets[1].use  a loop, a -> b -> a; expected targets that end at a provider"),
                wrong("models: {a: a}", "1:13  models.a  a loop, a -> a; expected targets that end at a provider"),
                wrong("models: {a: []}", "1:13  models.a  an empty list; expected at least one target"),
                wrong(
                        "models: {a: {keep_alive: 1s}}",
                        "1:10  models.a.targets  missing; expected provider/model or the name of another model"),
                wrong(
                        "models: {a: [demo/demo, demo/demo]}",
                        "1:25  models.a[1]  \"demo/demo\" for the second time; expected each target once"),
                wrong(
                        "models: {\"*\": demo/demo}",
                        "1:15  models.*.targets  targets; expected only settings: \"*\" holds what all models inherit"),
                wrong(
                        "models: {a: {targets: [demo/demo], timeouts: {idle: 2m, total: 1m}}}",
                        "1:53  models.a.timeouts.idle  2m; expected at most total, 1m"),
                wrong(
                        "models: {a: {targets: [demo/demo], max_event: 65MiB}}",
                        "1:47  models.a.max_event  65MiB; expected at most max_response, 64MiB"),
                wrong(
                        "models: {a: {targets: [demo/demo], on_disconnect: drian}}",
                        "1:51  models.a.on_disconnect  \"drian\"; expected cancel or drain. Did you mean \"drain\"?"),
                wrong("static: {busy: {marker: degraded}}", "1:16  static.busy.text  missing; expected text"),
                wrong(
                        "static: {busy: {text: yes}}",
                        "1:23  static.busy.text  yes; expected true or false, or the word in quotes (YAML 1.1 and 1.2 read it differently)"),
                wrong(
                        "models: {on: demo/demo}",
                        "1:10  models.on  on; expected true or false, or the word in quotes (YAML 1.1 and 1.2 read it differently)"),
                wrong("server: {port: 1", "1:17  not valid YAML: expected ',' or '}', but got <stream end>"),
                wrong(
                        "a: 1\n---\nb: 2",
                        "3:1  a second document; expected one document per file",
                        "1:1  a  unknown key; expected one of version, server, tenants, providers, models, static, rules, fetch, cluster, limits, budget, unpriced, prices, features, switches, auth, roles, idempotency, storage, observability, alerts"));
    }

    private static Arguments wrong(String yaml, String... problems) {
        return Arguments.of(yaml, List.of(problems));
    }

    @ParameterizedTest
    @MethodSource("oneProblemEach")
    void saysWhereAndWhatAndWhatWasExpected(String yaml, List<String> expected) {
        List<String> problems = room.yaml(yaml).problems();

        assertThat(problems)
                .containsExactlyInAnyOrderElementsOf(
                        expected.stream().map(e -> "penstock.yaml:" + e).toList());
    }

    @Test
    void reportsEverythingAtOnceInTheOrderOfTheFile() {
        room.yaml("""
                server:
                  port: x
                  nope: 1
                models:
                  a: nowhere/x
                """).env("PENSTOCK__SERVER__LOOPS", "many").env("PENSTOCK__SEVER__PORT", "1");

        assertThat(room.problems())
                .containsExactly(
                        "penstock.yaml:2:9  server.port  \"x\"; expected a whole number from 0 to 65535",
                        "penstock.yaml:3:3  server.nope  unknown key; expected one of port, host, admin, admin_token, api_key,"
                                + " tls, max_body, max_headers, head_timeout, body_timeout, min_body_rate, drain_delay, drain,"
                                + " cors, loops, trusted_proxies, shed, open",
                        "penstock.yaml:5:6  models.a  \"nowhere/x\"; expected a configured provider (demo)",
                        "PENSTOCK__SERVER__LOOPS  server.loops  \"many\"; expected a whole number from 0 to 1024",
                        "PENSTOCK__SEVER__PORT  sever  unknown key. Did you mean \"server\"?");
    }

    @Test
    void namesTheFileThatHoldsTheMistake() {
        room.file("a/one.yaml", "server: {port: 1}").file("a/two.yaml", "\nserver: {port: no-port}");

        assertThat(room.problems("a"))
                .containsExactly("a/two.yaml:2:16  server.port  \"no-port\"; expected a whole number from 0 to 65535");
    }

    @Test
    void refusesAFileThatIsNotThere() {
        assertThat(room.problems("none.yaml"))
                .containsExactly("none.yaml  no such file; expected a readable YAML file or a folder of them");
    }

    @Test
    void refusesAFolderWithoutConfiguration() throws Exception {
        Files.createDirectory(folder.resolve("empty"));

        assertThat(room.problems("empty"))
                .containsExactly("empty  a folder without configuration; expected *.yaml in it");
    }

    @Test
    void refusesWhatIsNotUtf8() throws Exception {
        Files.write(folder.resolve("penstock.yaml"), new byte[] {'a', ':', ' ', (byte) 0xff});

        assertThat(room.problems()).containsExactly("penstock.yaml  not a UTF-8 text");
    }

    @Test
    void refusesAnEmptyKeyInTheEnvironmentInsteadOfOpeningTheDoor() {
        assertThat(room.env("PENSTOCK_API_KEY", "").problems())
                .containsExactly("PENSTOCK_API_KEY  server.api_key  an empty secret; expected a value");
    }

    @Test
    void refusesAVariableThatPointsIntoAValue() {
        room.yaml("models: {chat: demo/demo}")
                .env("PENSTOCK__MODELS__CHAT__KEEP_ALIVE", "1s")
                .env("PENSTOCK____X", "1");

        assertThat(room.problems())
                .containsExactly(
                        "PENSTOCK__MODELS__CHAT__KEEP_ALIVE  models.chat  a single value at penstock.yaml:1; expected a map to"
                                + " set keep_alive in",
                        "PENSTOCK____X  an empty name between underscores; expected names such as PENSTOCK__SERVER__PORT");
    }

    @Test
    void survivesAFileThatRefersToItselfOrGrowsWithoutEnd() {
        String bomb = """
                a: &a [x,x,x,x,x,x,x,x,x]
                b: &b [*a,*a,*a,*a,*a,*a,*a,*a]
                c: &c [*b,*b,*b,*b,*b,*b,*b,*b]
                d: &d [*c,*c,*c,*c,*c,*c,*c,*c]
                e: &e [*d,*d,*d,*d,*d,*d,*d,*d]
                f: [*e,*e,*e,*e,*e,*e,*e,*e]
                """;

        assertThat(room.yaml(bomb).problems()).containsExactly("penstock.yaml  not valid YAML");
        assertThat(room.yaml("models: &m {a: *m}").problems()).containsExactly("penstock.yaml  not valid YAML");
    }

    @Test
    void controlCharactersOfAFileDoNotReachTheTerminal() {
        assertThat(room.yaml("\"\\e[31mred\": 1").problems().get(0))
                .contains("\"\\u001b[31mred\"")
                .doesNotContain("\u001b");
    }
}
