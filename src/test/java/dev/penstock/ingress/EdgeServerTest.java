// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.TlsConfig;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.net.SelfSignedCertificate;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.Test;

/** The server as real clients meet it: both protocols, with and without TLS, and the ways in which a connection ends. */
final class EdgeServerTest {

    private static HttpClient client(EdgeFixture edge, HttpClientOptions options) {
        return edge.vertx.createHttpClient(options, new PoolOptions().setHttp1MaxSize(4));
    }

    private static String get(EdgeFixture edge, HttpClient client) throws Exception {
        return EdgeFixture.await(client.request(HttpMethod.GET, edge.port(), "localhost", "/x")
                .compose(request -> request.send())
                .compose(HttpClientResponse::body)
                .map(Buffer::toString));
    }

    @Test
    void speaksHttp2WithPriorKnowledgeInCleartext() throws Exception {
        try (EdgeFixture edge = new EdgeFixture()) {
            HttpClient client = client(
                    edge,
                    new HttpClientOptions()
                            .setProtocolVersion(HttpVersion.HTTP_2)
                            .setHttp2ClearTextUpgrade(false));
            assertThat(get(edge, client)).isEqualTo("HTTP_2 GET /x 0");
        }
    }

    @Test
    void answersAnOfferedH2cUpgradeInHttp11() throws Exception {
        try (EdgeFixture edge = new EdgeFixture();
                var client = java.net.http.HttpClient.newHttpClient()) {
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://localhost:" + edge.port() + "/jdk"))
                    .POST(HttpRequest.BodyPublishers.ofString("hello"))
                    .build();
            HttpResponse<String> first = client.send(request, HttpResponse.BodyHandlers.ofString());
            HttpResponse<String> second = client.send(request, HttpResponse.BodyHandlers.ofString());
            assertThat(first.body()).isEqualTo("HTTP_1_1 POST /jdk 5");
            assertThat(second.body()).isEqualTo("HTTP_1_1 POST /jdk 5");
        }
    }

    @Test
    void choosesTheProtocolByAlpnOverTls() throws Exception {
        SelfSignedCertificate certificate = SelfSignedCertificate.create("localhost");
        try (EdgeFixture edge = new EdgeFixture(tls(certificate), null)) {
            HttpClientOptions options = new HttpClientOptions()
                    .setSsl(true)
                    .setTrustAll(true)
                    .setVerifyHost(false)
                    .setUseAlpn(true);
            HttpClient two = client(edge, new HttpClientOptions(options).setProtocolVersion(HttpVersion.HTTP_2));
            HttpClient one =
                    client(edge, new HttpClientOptions(options).setAlpnVersions(List.of(HttpVersion.HTTP_1_1)));
            assertThat(get(edge, two)).isEqualTo("HTTP_2 GET /x 0");
            assertThat(get(edge, one)).isEqualTo("HTTP_1_1 GET /x 0");
        } finally {
            certificate.delete();
        }
    }

    @Test
    void isAsStrictBehindTls() throws Exception {
        SelfSignedCertificate certificate = SelfSignedCertificate.create("localhost");
        try (EdgeFixture edge = new EdgeFixture(tls(certificate), null)) {
            List<String> wrong = new ArrayList<>();
            for (RawRequests.Row row :
                    RawRequests.all().filter(row -> row.refused()).limit(60).toList()) {
                SSLSocket socket = (SSLSocket) trustAll().getSocketFactory().createSocket("localhost", edge.port());
                try (RawClient client = new RawClient(socket).send(row.bytes())) {
                    for (int expected : row.statuses()) {
                        int status = client.read().status();
                        if (status != expected) {
                            wrong.add(row + ": " + status);
                        }
                    }
                    client.rest();
                }
            }
            assertThat(wrong).isEmpty();
        } finally {
            certificate.delete();
        }
    }

    @Test
    void refusesAnHttp2PrefaceAfterHttp11WasAgreed() throws Exception {
        SelfSignedCertificate certificate = SelfSignedCertificate.create("localhost");
        try (EdgeFixture edge = new EdgeFixture(tls(certificate), null);
                RawClient client =
                        new RawClient(trustAll().getSocketFactory().createSocket("localhost", edge.port()))) {
            client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
            assertThat(client.read().status()).isEqualTo(505);
        } finally {
            certificate.delete();
        }
    }

    @Test
    void deliversAnEarlyErrorToAClientThatIsStillSending() throws Exception {
        GatewayError tooLarge = GatewayError.of(GatewayError.Kind.BODY_TOO_LARGE, "too large");
        try (EdgeFixture edge = new EdgeFixture(
                        null,
                        request -> ErrorRenderer.render(request, ApiSchema.OPENAI_CHAT, tooLarge, "req_1", null));
                RawClient client = new RawClient(edge.port())) {
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n");
            byte[] part = new byte[100_000];
            for (int i = 0; i < 30; i++) {
                client.send(part);
            }
            RawClient.Response response = client.read();
            assertThat(response.status()).isEqualTo(413);
            assertThat(response.headers()).containsEntry("connection", "close");
            assertThat(response.body()).contains("\"request_id\":\"req_1\"");
            assertThat(client.rest()).isEmpty();
        }
    }

    @Test
    void keepsTheConnectionWhenTheRefusedBodyHasArrived() throws Exception {
        GatewayError wrong = GatewayError.of(GatewayError.Kind.UNAUTHENTICATED, "no key");
        try (EdgeFixture edge = new EdgeFixture(
                        null, request -> ErrorRenderer.render(request, ApiSchema.OPENAI_CHAT, wrong, "req_1", null));
                RawClient client = new RawClient(edge.port())) {
            for (int i = 0; i < 3; i++) {
                client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
                RawClient.Response response = client.read();
                assertThat(response.status()).isEqualTo(401);
                assertThat(response.headers()).doesNotContainKey("connection");
            }
        }
    }

    @Test
    void closesWhenTheResponseSaysSo() throws Exception {
        try (EdgeFixture edge = new EdgeFixture(null, request -> request.response()
                        .putHeader("connection", "close")
                        .end("bye"));
                RawClient client = new RawClient(edge.port())) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(client.read().body()).isEqualTo("bye");
            assertThat(client.rest()).isEmpty();
        }
    }

    @Test
    void keepsTheConnectionForTheNextRequest() throws Exception {
        try (EdgeFixture edge = new EdgeFixture();
                RawClient client = new RawClient(edge.port())) {
            for (int i = 0; i < 5; i++) {
                client.send("POST /" + i + " HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
                assertThat(client.read().body()).isEqualTo("HTTP_1_1 POST /" + i + " 3");
            }
        }
    }

    @Test
    void drainsLiveResponsesAndClosesIdleConnections() throws Exception {
        CompletableFuture<HttpServerRequest> waiting = new CompletableFuture<>();
        CompletableFuture<Context> loop = new CompletableFuture<>();
        try (EdgeFixture edge = new EdgeFixture(null, request -> {
                    if (request.uri().equals("/slow")) {
                        loop.complete(Vertx.currentContext());
                        waiting.complete(request);
                    } else {
                        request.response().end("quick");
                    }
                });
                RawClient silent = new RawClient(edge.port());
                RawClient idle = new RawClient(edge.port()).send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
                RawClient live = new RawClient(edge.port()).send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")) {
            assertThat(idle.read().body()).isEqualTo("quick");
            HttpServerRequest request = waiting.get(10, TimeUnit.SECONDS);
            Future<Void> drained = edge.server.shutdown(10, TimeUnit.SECONDS);
            assertThat(silent.rest()).isEmpty();
            assertThat(idle.rest()).isEmpty();
            loop.get(10, TimeUnit.SECONDS)
                    .runOnContext(turn ->
                            request.response().putHeader("connection", "close").end("finished"));
            assertThat(live.read().body()).isEqualTo("finished");
            assertThat(live.rest()).isEmpty();
            EdgeFixture.await(drained);
        }
    }

    @Test
    void sparesOtherStreamsWhenManyAreCancelled() throws Exception {
        try (EdgeFixture edge = new EdgeFixture(null, request -> {
            if (request.uri().equals("/x")) {
                request.response().end("alive");
            }
        })) {
            HttpClient client = client(
                    edge,
                    new HttpClientOptions()
                            .setProtocolVersion(HttpVersion.HTTP_2)
                            .setHttp2ClearTextUpgrade(false));
            for (int i = 0; i < 300; i++) {
                EdgeFixture.await(client.request(HttpMethod.GET, edge.port(), "localhost", "/wait")
                        .compose(request -> {
                            Future<Void> sent = request.end();
                            return sent.onComplete(done -> request.reset(0x8)).mapEmpty();
                        }));
            }
            assertThat(get(edge, client)).isEqualTo("alive");
        }
    }

    private static TlsConfig tls(SelfSignedCertificate certificate) {
        return new TlsConfig(Path.of(certificate.certificatePath()), Path.of(certificate.privateKeyPath()));
    }

    private static SSLContext trustAll() throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(
                null,
                new TrustManager[] {
                    new X509TrustManager() {
                        @Override
                        public void checkClientTrusted(X509Certificate[] chain, String type) {}

                        @Override
                        public void checkServerTrusted(X509Certificate[] chain, String type) {}

                        @Override
                        public X509Certificate[] getAcceptedIssuers() {
                            return new X509Certificate[0];
                        }
                    }
                },
                null);
        return context;
    }
}
