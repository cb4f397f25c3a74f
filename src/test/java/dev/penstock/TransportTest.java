// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.kit.Answers;
import dev.penstock.kit.ChatEvents;
import dev.penstock.kit.Gate;
import dev.penstock.kit.GoldenStream;
import dev.penstock.kit.H2Client;
import dev.penstock.kit.ProviderSimulator;
import dev.penstock.kit.ProviderSimulator.Transport;
import dev.penstock.kit.RawClient;
import dev.penstock.kit.RawResponse;
import dev.penstock.kit.Script;
import dev.penstock.kit.SeenRequest;
import dev.penstock.kit.tls.TestCertificates;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every way in times every way out: HTTP/1.1 and HTTP/2, in clear text and over TLS, on both sides. The same bytes arrive,
 * and on a connection that many streams share, the one that nobody reads holds up no other.
 */
final class TransportTest {

    private static final byte[] STREAM = GoldenStream.all("openai-chat").stream()
            .filter(golden -> golden.name().equals("openai-unicode-no-usage"))
            .findFirst()
            .orElseThrow()
            .bytes();
    private static final String UNARY = ChatEvents.plain().unary("Ünïcödé 🌊 and more", 7, true);

    @TempDir
    private static Path folder;

    private static TestCertificates certificates;
    private static ProviderSimulator provider;
    private static InProcess clear;
    private static InProcess secure;

    /** How the client comes. */
    enum In {
        HTTP_1_1,
        HTTP_2_CLEAR,
        HTTPS_1_1,
        HTTPS_2
    }

    @BeforeAll
    static void start() throws IOException {
        certificates = TestCertificates.create();
        TestCertificates.Identity identity = certificates.localhost();
        identity.writeTo(folder);
        Files.writeString(folder.resolve("ca.pem"), certificates.authorityPem());
        provider = ProviderSimulator.builder()
                .transports(Transport.values())
                .certificate(identity.options())
                .start();
        provider.otherwise(
                request -> request.stream() ? Script.stream().send(STREAM).build() : Script.json(200, UNARY));
        clear = InProcess.start("server: {port: 0, admin: \"127.0.0.1:0\", loops: 1}\n" + providers());
        secure = InProcess.start("server: {port: 0, admin: \"127.0.0.1:0\", loops: 1, tls: {cert: \""
                + folder.resolve("cert.pem") + "\", key: \"" + folder.resolve("key.pem") + "\"}}\n" + providers());
    }

    private static String providers() {
        String ca = ", ca: \"" + folder.resolve("ca.pem") + "\"";
        return "providers:\n"
                + provider("http_1_1", Transport.HTTP_1_1, "")
                + provider("http_2_clear", Transport.HTTP_2_CLEAR, ", http: \"2\"")
                + provider("https_1_1", Transport.HTTPS_1_1, ca)
                + provider("https_2", Transport.HTTPS_2, ca)
                + provider("https_2_forced_1", Transport.HTTPS_2, ca + ", http: \"1.1\"")
                + provider("untrusted", Transport.HTTPS_1_1, "");
    }

    private static String provider(String name, Transport transport, String more) {
        return "  " + name + ": {type: openai, base_url: \"" + provider.baseUrl(transport) + "\"" + more + "}\n";
    }

    @AfterAll
    static void stop() {
        clear.close();
        secure.close();
        provider.close();
    }

    static Stream<Arguments> everyWay() {
        return Stream.of(In.values())
                .flatMap(in -> Stream.of(Transport.values()).map(out -> Arguments.of(in, out)));
    }

    @ParameterizedTest
    @MethodSource("everyWay")
    void bringsEveryByte(In in, Transport out) {
        provider.forget();
        String provided = out.name().toLowerCase(java.util.Locale.ROOT);

        assertThat(text(ask(in, body(provided, true)))).isEqualTo(text(STREAM));
        assertThat(text(ask(in, body(provided, false)))).isEqualTo(UNARY);

        boolean http2 = out == Transport.HTTP_2_CLEAR || out == Transport.HTTPS_2;
        assertThat(provider.requests()).hasSize(2).allSatisfy(seen -> assertThat(seen.version())
                .isEqualTo(http2 ? "HTTP/2" : "HTTP/1.1"));
    }

    @Test
    void speaksHttp1WhenToldToAlthoughHttp2IsOffered() {
        provider.forget();

        assertThat(text(ask(In.HTTP_1_1, body("https_2_forced_1", true)))).isEqualTo(text(STREAM));

        assertThat(provider.awaitRequest().version()).isEqualTo("HTTP/1.1");
    }

    @Test
    void sendsNothingToAProviderWithAnUnknownCertificate() {
        provider.forget();
        try (RawClient client = RawClient.connect(clear.port())) {
            RawResponse response =
                    client.post("/v1/chat/completions", body("untrusted", true)).readResponse();

            assertThat(response.status()).isEqualTo(502);
            assertThat(response.bodyText()).contains("connect_failed").doesNotContain("127.0.0.1");
        }
        assertThat(provider.requests()).isEmpty();
    }

    /** One stream is left unread by its client; the others share with it the connection to the gateway and the one upstream. */
    @Test
    void oneStreamThatNobodyReadsHoldsUpNoOther() {
        provider.forget();
        String flood = ChatEvents.plain().content("x".repeat(8_000));
        provider.when(
                "flood",
                Script.stream()
                        .send(ChatEvents.plain().role())
                        .repeat(4_000, i -> flood.getBytes(StandardCharsets.UTF_8), Duration.ZERO)
                        .send(ChatEvents.plain().finish("stop")
                                + ChatEvents.plain().done())
                        .build());
        provider.when("neighbour", Answers.chat(200));
        try (H2Client client = H2Client.clearWithWindow(clear.port(), 64 << 10)) {
            H2Client.Exchange unread = client.begin(io.vertx.core.http.HttpMethod.POST, "/v1/chat/completions")
                    .dontRead()
                    .finish(model("http_2_clear/flood", true));
            assertThat(unread.status()).isEqualTo(200);
            SeenRequest flooding = provider.awaitRequest();

            List<H2Client.Exchange> neighbours = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                neighbours.add(client.post("/v1/chat/completions", model("http_2_clear/neighbour", true)));
            }
            for (H2Client.Exchange neighbour : neighbours) {
                assertThat(neighbour.awaitEnd()).isEqualTo(H2Client.End.COMPLETE);
                assertThat(neighbour.events().done()).isTrue();
            }

            assertThat(provider.requests().stream().map(SeenRequest::connection).distinct())
                    .as("one connection upstream")
                    .hasSize(1);
            assertThat(flooding.end()).isNotDone();
            assertThat(flooding.bytesSent()).as("held back").isLessThan(4_000L * flood.length() / 4);
            unread.reset(0x8);
            assertThat(flooding.awaitEnd(Duration.ofSeconds(10)).cancelled()).isTrue();
        }
    }

    /** The same with a client on a connection of its own, and the provider's connection shared. */
    @Test
    void oneStalledClientHoldsUpNoOtherOnTheProvidersConnection() {
        provider.forget();
        Gate gate = new Gate();
        provider.when("stepped", Answers.steppedText(gate, "one", "two"));
        gate.step();
        gate.step();
        try (RawClient first = RawClient.connect(clear.port());
                RawClient second = RawClient.connect(clear.port())) {
            RawResponse waiting = first.post("/v1/chat/completions", model("http_2_clear/stepped", true))
                    .response()
                    .readUntil("one");
            RawResponse other = second.post("/v1/chat/completions", body("http_2_clear", true))
                    .readResponse();

            assertThat(text(other.body())).isEqualTo(text(STREAM));
            assertThat(waiting.end()).isEqualTo(RawResponse.End.OPEN);
            gate.open();
            assertThat(waiting.readToEnd().events().done()).isTrue();
        }
    }

    private static byte[] ask(In in, String body) {
        return switch (in) {
            case HTTP_1_1 -> overHttp1(RawClient.connect(clear.port()), body);
            case HTTPS_1_1 -> overHttp1(RawClient.connectTls(secure.port(), certificates.clientContext()), body);
            case HTTP_2_CLEAR -> overHttp2(H2Client.clear(clear.port()), body);
            case HTTPS_2 -> overHttp2(H2Client.tls(secure.port()), body);
        };
    }

    private static byte[] overHttp1(RawClient client, String body) {
        try (client) {
            RawResponse response = client.post("/v1/chat/completions", body).readResponse();
            assertThat(response.complete()).as(response.toString()).isTrue();
            assertThat(response.status()).isEqualTo(200);
            return response.body();
        }
    }

    private static byte[] overHttp2(H2Client client, String body) {
        try (client) {
            H2Client.Exchange exchange = client.post("/v1/chat/completions", body);
            assertThat(exchange.awaitEnd()).isEqualTo(H2Client.End.COMPLETE);
            assertThat(exchange.status()).isEqualTo(200);
            return exchange.body();
        }
    }

    private static String body(String provided, boolean stream) {
        return model(provided + "/any", stream);
    }

    private static String model(String model, boolean stream) {
        return "{\"model\":\"" + model + "\",\"stream\":" + stream
                + ",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
