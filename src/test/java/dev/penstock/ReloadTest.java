// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.kit.Answers;
import dev.penstock.kit.Gate;
import dev.penstock.kit.GatewayProcess;
import dev.penstock.kit.ProviderSimulator;
import dev.penstock.kit.ProviderSimulator.Transport;
import dev.penstock.kit.RawClient;
import dev.penstock.kit.RawResponse;
import dev.penstock.kit.SeenRequest;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A new configuration holds as a whole or not at all, and what is under way does not notice. */
final class ReloadTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String SERVER = "server: {port: 0, admin: \"127.0.0.1:0\"";

    private ProviderSimulator provider;

    @BeforeEach
    void start() {
        provider = ProviderSimulator.builder()
                .transports(Transport.HTTP_1_1, Transport.HTTP_2_CLEAR)
                .start();
    }

    @AfterEach
    void stop() {
        provider.close();
    }

    @Test
    void aBreakerThatIsSetAnewBeginsAnew() throws IOException {
        String model = "providers: {sim: {type: openai, base_url: \"http://127.0.0.1:1/v1\"}}\n"
                + "models: {fast: {targets: [sim/one], retries: {attempts: 1}, breaker: {consecutive: 1}}}\n";
        try (InProcess gateway = InProcess.start(model)) {
            gateway.chat("{\"model\":\"fast\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}");
            gateway.awaitSettlement();
            assertThat(Scrape.of(gateway).samples()).contains("penstock_breakers_open 1.0");

            gateway.write(model.replace("consecutive: 1", "consecutive: 9"));
            assertThat(gateway.admin("POST", "/admin/v1/config/reload").statusCode())
                    .isEqualTo(200);

            assertThat(Scrape.of(gateway).samples()).contains("penstock_breakers_open 0.0");
        }
    }

    @Test
    void appliesEverythingThatIsNewAtAnAdminCall() throws IOException {
        try (InProcess gateway = InProcess.start(sim() + "models: {fast: sim/one, gone: sim/old}\n")) {
            gateway.write(sim() + "models: {fast: sim/two, more: sim/three}\n");

            HttpResponse<String> answer = gateway.admin("POST", "/admin/v1/config/reload");

            JsonNode result = JSON.readTree(answer.body());
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(result.path("status").asText()).isEqualTo("applied");
            assertThat(result.path("changed").toString()).contains("models.fast", "models.gone", "models.more");
            assertThat(result.path("needs_restart")).isEmpty();
            assertThat(modelUpstream(gateway, "fast")).isEqualTo("two");
            assertThat(modelUpstream(gateway, "more")).isEqualTo("three");
            assertThat(gateway.chat(ask("gone")).statusCode()).isEqualTo(404);
            assertThat(gateway.get("/v1/models").body())
                    .contains("\"more\"", "\"fast\"")
                    .doesNotContain("\"gone\"");
        }
    }

    @Test
    void saysSoWhenNothingHasChanged() throws IOException {
        try (InProcess gateway = InProcess.start(sim())) {
            JsonNode result = JSON.readTree(
                    gateway.admin("POST", "/admin/v1/config/reload").body());

            assertThat(result.path("status").asText()).isEqualTo("unchanged");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Transport.class,
            names = {"HTTP_1_1", "HTTP_2_CLEAR"})
    void letsAStreamFinishWhoseProviderIsRemoved(Transport transport) throws IOException {
        Gate gate = new Gate();
        provider.when("long", Answers.steppedText(gate, "one", " two", " three"));
        String http = transport == Transport.HTTP_2_CLEAR ? ", http: \"2\"" : "";
        try (InProcess gateway = InProcess.start("providers: {leaving: {type: openai, base_url: \""
                        + provider.baseUrl(transport) + "\"" + http + "}}\n");
                RawClient client = RawClient.connect(gateway.port())) {
            gate.step();
            gate.step();
            RawResponse response = client.post("/v1/chat/completions", stream("leaving/long"))
                    .response()
                    .readUntil("one");
            gateway.write("models: {fast: demo/demo}\n");

            int status = gateway.admin("POST", "/admin/v1/config/reload").statusCode();

            assertThat(status).isEqualTo(200);
            assertThat(gateway.chat(ask("leaving/long")).statusCode()).isEqualTo(404);
            assertThat(gateway.awaitSettlement().at("/penstock/outcome").asText())
                    .isEqualTo("client_error");
            gate.open();
            assertThat(response.readToEnd().complete()).isTrue();
            assertThat(response.events().done()).isTrue();
            JsonNode line = gateway.awaitSettlement();
            assertThat(line.at("/penstock/outcome").asText()).isEqualTo("ok");
            assertThat(line.at("/gen_ai/provider/name").asText()).isEqualTo("leaving");
            assertThat(provider.awaitRequest().awaitEnd(Duration.ofSeconds(10)).how())
                    .isEqualTo(SeenRequest.How.COMPLETED);
        }
    }

    @Test
    void changesNothingWhenTheFileIsWrongAndSaysWhere() throws IOException {
        try (InProcess gateway = InProcess.start(sim() + "models: {fast: sim/one}\n")) {
            String version = version(gateway);
            gateway.write(sim() + "models:\n  fast: sim/two\n  other: {targets: [sim/x], idel: 3s}\n  third: smi/x\n");

            HttpResponse<String> answer = gateway.admin("POST", "/admin/v1/config/reload");

            JsonNode result = JSON.readTree(answer.body());
            assertThat(answer.statusCode()).isEqualTo(422);
            assertThat(result.path("status").asText()).isEqualTo("invalid");
            assertThat(result.path("problems")).hasSize(2);
            assertThat(result.path("problems").get(0).asText()).contains(".yaml:5:29  models.other.idel");
            assertThat(result.path("problems").get(1).asText()).contains(".yaml:6:", "models.third", "sim");
            assertThat(version(gateway)).isEqualTo(version);
            assertThat(modelUpstream(gateway, "fast")).isEqualTo("one");
            assertThat(gateway.chat(ask("other")).statusCode()).isEqualTo(404);
        }
    }

    @Test
    void recoversWithTheNextGoodFile() throws IOException {
        try (InProcess gateway = InProcess.start(sim() + "models: {fast: sim/one}\n")) {
            gateway.write("providers: [");
            assertThat(gateway.admin("POST", "/admin/v1/config/reload").statusCode())
                    .isEqualTo(422);
            gateway.write(sim() + "models: {fast: sim/two}\n");

            assertThat(gateway.admin("POST", "/admin/v1/config/reload").statusCode())
                    .isEqualTo(200);
            assertThat(modelUpstream(gateway, "fast")).isEqualTo("two");
        }
    }

    @Test
    void namesWhatNeedsARestartAndAppliesTheRest() throws IOException {
        try (InProcess gateway = InProcess.start(SERVER + ", loops: 1}\n" + sim() + "models: {fast: sim/one}\n")) {
            gateway.write(
                    SERVER + ", loops: 2, max_headers: 64KiB, max_body: 1KiB}\n" + sim() + "models: {fast: sim/two}\n");

            JsonNode result = JSON.readTree(
                    gateway.admin("POST", "/admin/v1/config/reload").body());

            assertThat(result.path("needs_restart").toString()).isEqualTo("[\"server.loops\",\"server.max_headers\"]");
            assertThat(result.path("changed").toString()).contains("server.max_body");
            assertThat(modelUpstream(gateway, "fast")).isEqualTo("two");
            assertThat(gateway.chat(ask("fast") + " ".repeat(2000)).statusCode())
                    .isEqualTo(413);
        }
    }

    @Test
    void asksForANewKeyAtOnce() throws IOException {
        try (InProcess gateway = InProcess.start(SERVER + "}\n" + sim())) {
            gateway.write(SERVER + ", api_key: ps-from-now-on-required}\n" + sim());

            assertThat(gateway.admin("POST", "/admin/v1/config/reload").body()).doesNotContain("from-now-on");

            assertThat(gateway.chat(ask("sim/any")).statusCode()).isEqualTo(401);
        }
    }

    @Test
    void reloadsAtHangupAndWhenTheFileChanges(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("penstock.yaml");
        Files.writeString(file, SERVER + "}\n" + sim() + "models: {fast: sim/one}\n");
        try (GatewayProcess program = GatewayProcess.fromClassPath()
                .arguments("serve", "-f", file.toString())
                .folder(folder)
                .start()) {
            int port = program.api().getPort();

            Files.writeString(file, SERVER + "}\n" + sim() + "models: {fast: sim/two}\n");
            program.signal("HUP");
            program.awaitStdout(line -> line.contains("configuration reloaded") && line.contains("models.fast"));
            assertThat(modelUpstream(port)).isEqualTo("two");

            Files.writeString(file, SERVER + "}\n" + sim() + "models:\n  fast: sim/three\n  chat: sim/x\n");
            program.awaitStdout(line -> line.contains("configuration reloaded") && line.contains("models.chat"));
            assertThat(modelUpstream(port)).isEqualTo("three");

            Files.writeString(file, SERVER + "}\n" + sim() + "models:\n  fast: sim/four\n  chat: {idel: 3s}\n");
            program.signal("HUP");
            program.awaitStdout(line -> line.contains("penstock.yaml:5:10  models.chat.idel"));
            assertThat(modelUpstream(port)).isEqualTo("three");
        }
    }

    // ------------------------------------------------------------------ helpers

    private String sim() {
        return "providers: {sim: {type: openai, base_url: \"" + provider.baseUrl(Transport.HTTP_1_1) + "\"}}\n";
    }

    private static String version(InProcess gateway) throws IOException {
        return JSON.readTree(gateway.admin("GET", "/admin/v1/config").body())
                .path("version")
                .asText();
    }

    private String modelUpstream(InProcess gateway, String alias) {
        provider.forget();
        assertThat(gateway.chat(ask(alias)).statusCode()).isEqualTo(200);
        return provider.awaitRequest().model();
    }

    private String modelUpstream(int port) {
        provider.forget();
        try (RawClient client = RawClient.connect(port)) {
            assertThat(client.post("/v1/chat/completions", ask("fast"))
                            .readResponse()
                            .status())
                    .isEqualTo(200);
        }
        return provider.awaitRequest().model();
    }

    private static String ask(String model) {
        return "{\"model\":\"" + model + "\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";
    }

    private static String stream(String model) {
        return "{\"model\":\"" + model + "\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";
    }
}
