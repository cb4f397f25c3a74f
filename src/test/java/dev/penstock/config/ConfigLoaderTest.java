// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.StreamPolicy;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.Timeouts;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What right configurations mean. */
final class ConfigLoaderTest {

    @TempDir
    Path folder;

    ConfigRoom room;

    @BeforeEach
    void openRoom() {
        room = new ConfigRoom(folder);
    }

    @Test
    void nothingAtAllServesTheDemo() {
        Snapshot snapshot = room.snapshot();

        assertThat(snapshot.server()).isEqualTo(ServerConfig.defaults());
        assertThat(snapshot.providers()).containsOnlyKeys("demo");
        assertThat(snapshot.models()).containsOnlyKeys("demo", "*");
        assertThat(snapshot.models().get("demo").targets()).containsExactly(new Target("demo", "demo"));
        assertThat(snapshot.models().get("*").timeouts()).isEqualTo(Timeouts.DEFAULT);
        assertThat(snapshot.models().get("*").stream()).isEqualTo(StreamPolicy.DEFAULT);
        assertThat(snapshot.exampleModel()).isEqualTo("demo");
    }

    @Test
    void aKeyInTheEnvironmentBringsItsProviderAndRetiresTheDemoModel() {
        Snapshot snapshot = room.env("OPENAI_API_KEY", "sk-1").snapshot();

        ProviderConfig openai = snapshot.providers().get("openai");
        assertThat(openai.baseUrl()).isEqualTo(URI.create("https://api.openai.com/v1"));
        assertThat(openai.apiKey()).isEqualTo(Secret.of("sk-1"));
        assertThat(openai.origin()).isEqualTo("OPENAI_API_KEY");
        assertThat(snapshot.providers()).containsKeys("demo");
        assertThat(snapshot.models()).containsOnlyKeys("*");
        assertThat(snapshot.exampleModel()).isEqualTo("openai/gpt-4o-mini");
    }

    @Test
    void threeLinesMakeAnAliasOverProvidersOfTheEnvironment() {
        room.env("OPENAI_API_KEY", "sk-1").yaml("""
                models:
                  chat: [openai/gpt-4o, demo/demo]
                """);

        assertThat(room.snapshot().models().get("chat").targets())
                .containsExactly(new Target("openai", "gpt-4o"), new Target("demo", "demo"));
    }

    @Test
    void aProviderOfTheFileWinsOverTheOneOfTheEnvironment() {
        room.env("OPENAI_API_KEY", "sk-env").yaml("""
                providers:
                  openai: {type: openai, base_url: "http://127.0.0.1:9/v1/"}
                """);

        ProviderConfig openai = room.snapshot().providers().get("openai");

        assertThat(openai.baseUrl()).isEqualTo(URI.create("http://127.0.0.1:9/v1"));
        assertThat(openai.apiKey()).isNull();
        assertThat(openai.origin()).isEqualTo("penstock.yaml:2");
    }

    @Test
    void readsEveryKeyOfTheServer() {
        room.file("cert.pem", "c").file("key.pem", "k").yaml("""
                server:
                  port: 0
                  host: "::1"
                  admin: "[::1]:0"
                  admin_token: a-token
                  api_key: a-key
                  tls: {cert: cert.pem, key: key.pem}
                  max_body: 1MiB
                  max_headers: 64KiB
                  head_timeout: 1s
                  body_timeout: 2m
                  min_body_rate: 0B
                  drain_delay: 0s
                  drain: 1h
                  cors: ["https://a.example", "http://b.example:8080"]
                  loops: 3
                """);

        ServerConfig server = room.snapshot().server();

        assertThat(server.api().getHostString()).isEqualTo("::1");
        assertThat(server.api().getPort()).isZero();
        assertThat(server.admin().getHostString()).isEqualTo("::1");
        assertThat(server.admin().getPort()).isZero();
        assertThat(server.adminToken()).isEqualTo(Secret.of("a-token"));
        assertThat(server.apiKey()).isEqualTo(Secret.of("a-key"));
        assertThat(server.tls()).isEqualTo(new TlsConfig(folder.resolve("cert.pem"), folder.resolve("key.pem")));
        assertThat(server.maxBodyBytes()).isEqualTo(1 << 20);
        assertThat(server.maxHeaderBytes()).isEqualTo(64 << 10);
        assertThat(server.headTimeout()).isEqualTo(Duration.ofSeconds(1));
        assertThat(server.bodyTimeout()).isEqualTo(Duration.ofMinutes(2));
        assertThat(server.minBodyRate()).isZero();
        assertThat(server.drainDelay()).isZero();
        assertThat(server.drain()).isEqualTo(Duration.ofHours(1));
        assertThat(server.cors()).containsExactly("https://a.example", "http://b.example:8080");
        assertThat(server.loops()).isEqualTo(3);
    }

    @Test
    void readsEveryKeyOfAProvider() {
        room.file("ca.pem", "ca").yaml("""
                providers:
                  own:
                    type: openai
                    base_url: "https://llm.example:8443/v1"
                    api_key: a-key
                    http: 2
                    pool: 2k
                    usage_in_stream: false
                    ca: ca.pem
                    models: [a, b/c]
                  slow: {type: demo, tokens_per_second: 5, models: [small]}
                """);

        Snapshot snapshot = room.snapshot();

        assertThat(snapshot.providers().get("own"))
                .isEqualTo(new ProviderConfig(
                        "own",
                        ProviderConfig.Type.OPENAI,
                        URI.create("https://llm.example:8443/v1"),
                        Secret.of("a-key"),
                        ProviderConfig.Http.HTTP_2,
                        2000,
                        false,
                        folder.resolve("ca.pem"),
                        List.of("a", "b/c"),
                        0,
                        "penstock.yaml:2"));
        assertThat(snapshot.providers().get("slow").tokenGap()).isEqualTo(Duration.ofMillis(200));
        assertThat(snapshot.providers().get("slow").models()).containsExactly("small");
    }

    @Test
    void knowsThatMistralRefusesToBeAskedForUsageUnderAnyName() {
        room.yaml("""
                providers:
                  mistral: {type: openai, api_key: k}
                  other: {type: openai, base_url: "https://api.mistral.ai/v1"}
                  forced: {type: openai, base_url: "https://api.mistral.ai/v1", usage_in_stream: true}
                """);

        Snapshot snapshot = room.snapshot();

        assertThat(snapshot.providers().get("mistral").usageInStream()).isFalse();
        assertThat(snapshot.providers().get("mistral").baseUrl()).isEqualTo(URI.create("https://api.mistral.ai/v1"));
        assertThat(snapshot.providers().get("other").usageInStream()).isFalse();
        assertThat(snapshot.providers().get("forced").usageInStream()).isTrue();
    }

    @Test
    void readsEveryTypeOfProvider() {
        room.yaml("""
                providers:
                  azure-eu: {type: azure, base_url: "https://acme.openai.azure.com", api_key: k1}
                  azure-old: {type: azure, base_url: "https://acme.openai.azure.com", api_version: "2024-10-21", usage_in_stream: false}
                  claude: {type: anthropic, api_key: k2, default_max_tokens: 8k}
                  google: {type: gemini, api_key: k3}
                  aws: {type: bedrock, region: eu-central-1, api_key: k4}
                  aws-signed: {type: bedrock, region: us-east-1, access_key_id: a, secret_access_key: s, session_token: t}
                  aws-inside: {type: bedrock, base_url: "http://127.0.0.1:4566"}
                """);

        var providers = room.snapshot().providers();

        assertThat(providers.get("azure-eu").extras().apiVersion()).isEmpty();
        assertThat(providers.get("azure-eu").usageInStream()).isTrue();
        assertThat(providers.get("azure-old").extras().apiVersion()).isEqualTo("2024-10-21");
        assertThat(providers.get("azure-old").usageInStream()).isFalse();
        assertThat(providers.get("claude").baseUrl()).isEqualTo(URI.create("https://api.anthropic.com"));
        assertThat(providers.get("claude").extras().defaultMaxTokens()).isEqualTo(8000);
        assertThat(providers.get("google").baseUrl())
                .isEqualTo(URI.create("https://generativelanguage.googleapis.com"));
        assertThat(providers.get("aws").baseUrl())
                .isEqualTo(URI.create("https://bedrock-runtime.eu-central-1.amazonaws.com"));
        assertThat(providers.get("aws-signed").extras())
                .isEqualTo(new ProviderConfig.Extras(
                        "",
                        0,
                        "us-east-1",
                        new ProviderConfig.AwsKeys(Secret.of("a"), Secret.of("s"), Secret.of("t"))));
        assertThat(providers.get("aws-inside").apiKey()).isNull();
        assertThat(providers.values())
                .allMatch(p -> p.type().usesNetwork() || p.name().equals("demo"));
    }

    @Test
    void ollamasOwnApiIsOnThisMachineUnlessTheFileSaysOtherwise() {
        Snapshot snapshot = room.yaml("""
                providers:
                  here: {type: ollama}
                  cloud: {type: ollama, base_url: "https://ollama.com/", api_key: k}
                """).snapshot();

        ProviderConfig here = snapshot.providers().get("here");
        assertThat(here.baseUrl()).isEqualTo(URI.create("http://127.0.0.1:11434"));
        assertThat(here.apiKey()).isNull();
        assertThat(here.schema()).isEqualTo(ApiSchema.OLLAMA_CHAT);
        assertThat(here.schemas()).containsExactly(ApiSchema.OLLAMA_CHAT);
        assertThat(here.usageInStream()).isFalse();
        ProviderConfig cloud = snapshot.providers().get("cloud");
        assertThat(cloud.baseUrl().getHost()).isEqualTo("ollama.com");
        assertThat(cloud.apiKey()).isEqualTo(Secret.of("k"));
    }

    @Test
    void bedrockTakesWhatTheFileDoesNotSayFromTheEnvironment() {
        room.env("AWS_BEARER_TOKEN_BEDROCK", "canary")
                .env("AWS_REGION", "eu-west-1")
                .yaml("providers: {aws: {type: bedrock}}");

        ProviderConfig aws = room.snapshot().providers().get("aws");

        assertThat(aws.apiKey()).isEqualTo(Secret.of("canary"));
        assertThat(room.settings())
                .containsEntry("providers.aws.api_key", "*** # AWS_BEARER_TOKEN_BEDROCK")
                .containsEntry("providers.aws.region", "eu-west-1 # AWS_REGION")
                .containsEntry("providers.aws.type", "bedrock # penstock.yaml:1");
    }

    @Test
    void bedrockWithoutAKeyLooksWhereTheSdksLook() {
        room.env("AWS_WEB_IDENTITY_TOKEN_FILE", "/var/token")
                .env("AWS_ROLE_ARN", "arn:aws:iam::1:role/r")
                .env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/x")
                .env("HOME", folder.toString())
                .yaml("providers: {aws: {type: bedrock, region: eu-central-1}}");

        ProviderConfig.Extras extras = room.snapshot().providers().get("aws").extras();

        assertThat(extras.awsKeys()).isNull();
        assertThat(extras.login())
                .isEqualTo(new AwsLogin(
                        "eu-central-1",
                        URI.create("https://sts.eu-central-1.amazonaws.com"),
                        new AwsLogin.Profile(
                                "default",
                                false,
                                false,
                                folder.resolve(".aws/config"),
                                folder.resolve(".aws/credentials")),
                        new AwsLogin.WebIdentity(Path.of("/var/token"), "arn:aws:iam::1:role/r", "penstock"),
                        new AwsLogin.Container(URI.create("http://169.254.170.2/v2/credentials/x"), null, null),
                        URI.create("http://169.254.169.254")));
    }

    @Test
    void aProfileOfTheFileIsTheOnlyPlaceAndMayNameTheRegion() {
        room.file(".aws/config", "[profile work]\nregion = eu-north-1\n")
                .env("HOME", folder.toString())
                .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
                .env("AWS_SECRET_ACCESS_KEY", "canary")
                .yaml("providers: {aws: {type: bedrock, profile: work}}");

        ProviderConfig aws = room.snapshot().providers().get("aws");

        assertThat(aws.baseUrl()).isEqualTo(URI.create("https://bedrock-runtime.eu-north-1.amazonaws.com"));
        assertThat(aws.extras().awsKeys()).isNull();
        assertThat(((AwsLogin) aws.extras().login()).profile())
                .extracting(AwsLogin.Profile::name, AwsLogin.Profile::named, AwsLogin.Profile::only)
                .containsExactly("work", true, true);
        assertThat(((AwsLogin) aws.extras().login()).metadata()).isNull();
        assertThat(room.settings())
                .containsEntry("providers.aws.profile", "work # penstock.yaml:1")
                .containsEntry("providers.aws.region", "eu-north-1 # profile work");
    }

    @Test
    void anotherAddressIsSignedForOnlyWhereTheFileSaysSo() {
        room.yaml("""
                providers:
                  inside: {type: bedrock, base_url: "http://127.0.0.1:4566"}
                  vpc: {type: bedrock, base_url: "https://vpce.example", region: eu-west-1}
                """);

        assertThat(room.snapshot().providers().get("inside").extras().login()).isNull();
        assertThat(room.snapshot().providers().get("vpc").extras().login()).isInstanceOf(AwsLogin.class);
    }

    @ParameterizedTest
    @CsvSource({
        "europe-west4, https://europe-west4-aiplatform.googleapis.com/v1",
        "global, https://aiplatform.googleapis.com/v1"
    })
    void aProjectMeansVertexAi(String location, URI url) {
        room.env("GOOGLE_APPLICATION_CREDENTIALS", "/var/key.json")
                .yaml("providers: {vertex: {type: gemini, project: my-project, location: " + location + "}}");

        ProviderConfig vertex = room.snapshot().providers().get("vertex");

        assertThat(vertex.baseUrl()).isEqualTo(url);
        assertThat(vertex.apiKey()).isNull();
        assertThat(vertex.extras().vertex()).isEqualTo(new ProviderConfig.Vertex("my-project", location));
        assertThat(vertex.extras().login())
                .isEqualTo(new GoogleLogin(Path.of("/var/key.json"), "GOOGLE_APPLICATION_CREDENTIALS", null, null));
        assertThat(room.settings())
                .containsEntry("providers.vertex.project", "my-project # penstock.yaml:1")
                .containsEntry("providers.vertex.credentials", "/var/key.json # GOOGLE_APPLICATION_CREDENTIALS");
    }

    @Test
    void withoutAKeyFileVertexAiAsksGcloudAndTheMachine() {
        room.file("key.json", "{}")
                .env("HOME", folder.toString())
                .env("GCE_METADATA_HOST", "127.0.0.1:1234")
                .yaml("""
                providers:
                  vertex: {type: gemini, project: p, location: global}
                  keyed: {type: gemini, project: p, location: global, credentials: key.json, base_url: "http://127.0.0.1:1/v1"}
                """);

        var providers = room.snapshot().providers();

        assertThat(providers.get("vertex").extras().login())
                .isEqualTo(new GoogleLogin(
                        null,
                        "",
                        folder.resolve(".config/gcloud/application_default_credentials.json"),
                        URI.create("http://127.0.0.1:1234")));
        assertThat(providers.get("keyed").extras().login())
                .isEqualTo(new GoogleLogin(folder.resolve("key.json"), "credentials", null, null));
        assertThat(providers.get("keyed").baseUrl()).isEqualTo(URI.create("http://127.0.0.1:1/v1"));
    }

    @Test
    void accessKeysAreNeverPrinted() {
        room.yaml("""
                providers:
                  aws: {type: bedrock, region: us-east-1, access_key_id: AKIDEXAMPLE, secret_access_key: canary1, session_token: canary2}
                """);

        assertThat(room.settings())
                .containsEntry("providers.aws.access_key_id", "*** # penstock.yaml:2")
                .containsEntry("providers.aws.secret_access_key", "*** # penstock.yaml:2")
                .containsEntry("providers.aws.session_token", "*** # penstock.yaml:2");
        assertThat(room.snapshot().toString()).doesNotContain("AKIDEXAMPLE", "canary");
    }

    @Test
    void servicesWithoutAVariableAreKnownByTheirName() {
        room.yaml("providers: {vllm: {type: openai}, cohere: {type: openai, api_key: k}}");

        var providers = room.snapshot().providers();

        assertThat(providers.get("vllm").baseUrl()).isEqualTo(URI.create("http://127.0.0.1:8000/v1"));
        assertThat(providers.get("cohere").baseUrl()).isEqualTo(URI.create("https://api.cohere.ai/compatibility/v1"));
        assertThat(providers.get("cohere").usageInStream()).isFalse();
    }

    @Test
    void coheresOwnProtocolIsAnEntryOfTheFileWhateverItsName() {
        room.env("CO_API_KEY", "k").yaml("""
                providers:
                  cohere: {type: cohere, api_key: "${CO_API_KEY}"}
                  command: {type: cohere, base_url: "http://127.0.0.1:8000/cohere/v2"}
                """);

        var providers = room.snapshot().providers();

        assertThat(providers.get("cohere").baseUrl()).isEqualTo(URI.create("https://api.cohere.com/v2"));
        assertThat(providers.get("cohere").schemas()).containsExactly(ApiSchema.COHERE_CHAT);
        assertThat(providers.get("command").baseUrl()).isEqualTo(URI.create("http://127.0.0.1:8000/cohere/v2"));
    }

    @Test
    void readsAModelInItsThreeForms() {
        room.yaml("""
                models:
                  one: demo/demo
                  two: [demo/demo, {use: static/busy}]
                  three:
                    targets: [{use: demo/demo}, static/busy]
                    timeouts: {connect: 1s, first_token: 2s, idle: 3s, total: 4s}
                    keep_alive: 5s
                    early_commit: true
                    on_disconnect: drain
                    write_stall: 6s
                    max_event: 1MiB
                    max_response: 2MiB
                static:
                  busy: {text: Busy., marker: degraded}
                  fine: {text: Fine.}
                """);

        Snapshot snapshot = room.snapshot();

        Target demo = new Target("demo", "demo");
        Target busy = new Target("static", "busy");
        assertThat(snapshot.models().get("one").targets()).containsExactly(demo);
        assertThat(snapshot.models().get("two").targets()).containsExactly(demo, busy);
        assertThat(snapshot.models().get("three"))
                .isEqualTo(new ModelConfig(
                        "three",
                        List.of(demo, busy),
                        new Timeouts(
                                Duration.ofSeconds(1),
                                Duration.ofSeconds(2),
                                Duration.ofSeconds(3),
                                Duration.ofSeconds(4)),
                        new StreamPolicy(
                                Duration.ofSeconds(5),
                                true,
                                StreamPolicy.OnDisconnect.DRAIN,
                                Duration.ofSeconds(6),
                                1 << 20,
                                2 << 20)));
        assertThat(snapshot.statics().get("busy")).isEqualTo(new StaticAnswer("busy", "Busy.", true));
        assertThat(snapshot.statics().get("fine").degraded()).isFalse();
        assertThat(snapshot.providers().get("static").models()).containsExactly("busy", "fine");
    }

    @Test
    void followsAliasesOfAliasesAndInheritsTheirSettings() {
        room.yaml("""
                models:
                  "*": {keep_alive: 1s, write_stall: 2s}
                  base: {targets: [demo/demo], keep_alive: 3s}
                  other: base
                  own: {targets: [base], keep_alive: 4s}
                  both: [other, demo/demo]
                """);

        var models = room.snapshot().models();

        assertThat(models.get("other").targets()).containsExactly(new Target("demo", "demo"));
        assertThat(models.get("other").stream().keepAlive()).isEqualTo(Duration.ofSeconds(3));
        assertThat(models.get("other").stream().writeStall()).isEqualTo(Duration.ofSeconds(2));
        assertThat(models.get("own").stream().keepAlive()).isEqualTo(Duration.ofSeconds(4));
        assertThat(models.get("both").targets()).containsExactly(new Target("demo", "demo"));
        assertThat(models.get("both").stream().keepAlive()).isEqualTo(Duration.ofSeconds(1));
        assertThat(models.get("*").stream().keepAlive()).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void anAliasMayCarryTheNameOfAProvidersModel() {
        room.env("OPENAI_API_KEY", "sk-1").yaml("""
                models:
                  openai/gpt-4o: [openai/gpt-4o, demo/demo]
                """);

        assertThat(room.snapshot().models().get("openai/gpt-4o").targets())
                .containsExactly(new Target("openai", "gpt-4o"), new Target("demo", "demo"));
    }

    @Test
    void laterFilesWinKeyByKey() {
        room.file("base.yaml", """
                server: {port: 1000, max_body: 1MiB}
                models: {a: demo/demo, b: demo/demo}
                """).file("over.yaml", """
                server: {port: 2000}
                models: {b: [static/x]}
                static: {x: {text: X}}
                """);

        Snapshot snapshot = room.snapshot("base.yaml", "over.yaml");

        assertThat(snapshot.server().api().getPort()).isEqualTo(2000);
        assertThat(snapshot.server().maxBodyBytes()).isEqualTo(1 << 20);
        assertThat(snapshot.models().get("a").targets()).containsExactly(new Target("demo", "demo"));
        assertThat(snapshot.models().get("b").targets()).containsExactly(new Target("static", "x"));
    }

    @Test
    void aFolderStandsForItsYamlFilesInTheOrderOfTheirNames() {
        room.file("conf.d/20-b.yaml", "server: {port: 20}")
                .file("conf.d/10-a.yaml", "server: {port: 10, loops: 1}")
                .file("conf.d/.hidden.yaml", "server: {port: 30}")
                .file("conf.d/notes.txt", "not: [yaml");

        Snapshot snapshot = room.snapshot("conf.d");

        assertThat(snapshot.server().api().getPort()).isEqualTo(20);
        assertThat(snapshot.server().loops()).isEqualTo(1);
    }

    @Test
    void variablesWinOverFiles() {
        room.yaml("""
                server: {port: 1000}
                providers:
                  azure-eu: {type: openai, base_url: "http://127.0.0.1:1/v1"}
                """)
                .env("PENSTOCK__SERVER__PORT", "3000")
                .env("PENSTOCK__PROVIDERS__AZURE_EU__POOL", "7")
                .env("PENSTOCK__MODELS__CHAT", "[azure-eu/x, demo/demo]")
                .env("PENSTOCK__STATIC__BUSY__TEXT", "${literal}");

        Snapshot snapshot = room.snapshot();

        assertThat(snapshot.server().api().getPort()).isEqualTo(3000);
        assertThat(snapshot.providers().get("azure-eu").pool()).isEqualTo(7);
        assertThat(snapshot.models().get("chat").targets())
                .containsExactly(new Target("azure-eu", "x"), new Target("demo", "demo"));
        assertThat(snapshot.statics().get("busy").text()).isEqualTo("${literal}");
    }

    @Test
    void theVariablePenstockConfigNamesTheFile() {
        room.yaml("server: {port: 1}")
                .file("etc/other.yaml", "server: {port: 2}")
                .env("PENSTOCK_CONFIG", "etc/other.yaml");

        assertThat(room.snapshot().server().api().getPort()).isEqualTo(2);
        assertThat(room.snapshot("penstock.yaml").server().api().getPort()).isEqualTo(1);
    }

    @Test
    void putsVariablesAndFilesInPlaceOfReferences() {
        room.file("secret.txt", "from-file\n")
                .env("KEY", "from-env")
                .env("EMPTY", "")
                .yaml("""
                server:
                  api_key: "${file:secret.txt}"
                  admin_token: "${KEY:?why}"
                  port: "${PORT:-4000}"
                static:
                  a: {text: "${KEY} and ${EMPTY:-default} and $${KEY}"}
                """);

        Snapshot snapshot = room.snapshot();

        assertThat(snapshot.server().apiKey()).isEqualTo(Secret.of("from-file"));
        assertThat(snapshot.server().adminToken()).isEqualTo(Secret.of("from-env"));
        assertThat(snapshot.server().api().getPort()).isEqualTo(4000);
        assertThat(snapshot.statics().get("a").text()).isEqualTo("from-env and default and ${KEY}");
    }

    @Test
    void keysOfTheServerComeFromTheirOwnVariablesUnlessTheFileHasThem() {
        room.env("PENSTOCK_API_KEY", "env-key").env("PENSTOCK_ADMIN_TOKEN", "env-token");
        assertThat(room.snapshot().server().apiKey()).isEqualTo(Secret.of("env-key"));
        assertThat(room.snapshot().server().adminToken()).isEqualTo(Secret.of("env-token"));
        assertThat(room.settings()).containsEntry("server.api_key", "*** # PENSTOCK_API_KEY");

        room.yaml("server: {api_key: file-key}");
        assertThat(room.snapshot().server().apiKey()).isEqualTo(Secret.of("file-key"));
    }

    @Test
    void namesTheOriginOfEachValue() {
        room.env("GROQ_API_KEY", "gsk_1").env("PENSTOCK__SERVER__LOOPS", "2").yaml("""
                server:
                  port: 1234
                models:
                  "*": {keep_alive: 1s}
                  chat:
                    targets: [demo/demo]
                    write_stall: 9s
                  same: chat
                """);

        assertThat(room.settings())
                .containsEntry("server.port", "1234 # penstock.yaml:2")
                .containsEntry("server.loops", "2 # PENSTOCK__SERVER__LOOPS")
                .containsEntry("server.host", "127.0.0.1 # default")
                .containsEntry("server.open", "false # default")
                .containsEntry("providers.groq.api_key", "*** # GROQ_API_KEY")
                .containsEntry("providers.demo.type", "demo # built in")
                .containsEntry("models.chat.targets", "[demo/demo] # penstock.yaml:6")
                .containsEntry("models.chat.keep_alive", "1s # penstock.yaml:4")
                .containsEntry("models.same.write_stall", "9s # penstock.yaml:7")
                .containsEntry("models.same.timeouts.idle", "1m # default");
    }

    @Test
    void theVersionFollowsTheValuesAndNotTheirPlace() {
        String first = room.yaml("server: {port: 1, loops: 2}").snapshot().version();
        String moved = room.yaml("# moved\n\nserver:\n  loops: 2\n  port: 1\n")
                .snapshot()
                .version();
        String other =
                room.yaml("server: {port: 1, loops: 2, api_key: x}").snapshot().version();
        String third =
                room.yaml("server: {port: 1, loops: 2, api_key: y}").snapshot().version();

        assertThat(moved).isEqualTo(first).hasSize(12);
        assertThat(List.of(first, other, third)).doesNotHaveDuplicates();
    }

    @Test
    void theFingerprintFollowsFilesAndTheSecretsTheyName() throws Exception {
        room.file("key.txt", "one").yaml("server: {api_key: \"${file:key.txt}\"}");
        ConfigLoader loader = room.loader();
        loader.load();
        String before = loader.fingerprint();
        assertThat(loader.fingerprint()).isEqualTo(before);

        Files.writeString(folder.resolve("key.txt"), "two");
        String rotated = loader.fingerprint();
        Files.delete(folder.resolve("penstock.yaml"));

        assertThat(rotated).isNotEqualTo(before);
        assertThat(loader.fingerprint()).isNotEqualTo(rotated);
    }
}
