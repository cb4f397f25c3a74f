// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.auth.AuthListener;
import dev.penstock.auth.Authenticator;
import dev.penstock.auth.GatewayKey;
import dev.penstock.auth.Verdict;
import dev.penstock.auth.VirtualKeysFixture;
import dev.penstock.config.RolesConfig;
import dev.penstock.config.Secret;
import dev.penstock.config.TenantConfig;
import dev.penstock.exchange.Right;
import dev.penstock.kit.time.ManualTime;
import dev.penstock.sidecall.SideCalls;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a request's own words may say about who sends it. */
final class KeyFieldsTest {

    private final GatewayKey keys = GatewayKey.of(
            null,
            List.of(new TenantConfig(
                    "acme",
                    "",
                    List.of(
                            key("plain", "ps-plain-secret", ""),
                            key("twin", "ps-twin-secret", ""),
                            key("trusted", "ps-trusted-secret", "backend")))),
            new RolesConfig(Map.of(
                    "backend",
                    new RolesConfig.Role(Set.of(Right.CHAT, Right.USERS), List.of("*"), List.of(), List.of()))),
            VirtualKeysFixture.none());

    private EdgeFixture edge;
    private Authenticator auth;

    private static TenantConfig.Key key(String id, String secret, String role) {
        return new TenantConfig.Key(id, Secret.of(secret), role, null, List.of(), List.of(), List.of());
    }

    @BeforeEach
    void open() throws Exception {
        edge = new EdgeFixture(null, this::answer);
        auth = new Authenticator(edge.vertx, SideCalls.over(edge.vertx), new ManualTime(), AuthListener.NONE);
    }

    @AfterEach
    void close() throws Exception {
        edge.close();
    }

    private void answer(HttpServerRequest request) {
        String who =
                switch (Objects.requireNonNull(KeyFields.authenticate(
                        auth, keys, ClientAddress.OF_CONNECTION, request, Right.CHAT, later -> {}))) {
                    case Verdict.Allowed allowed ->
                        allowed.who().keyId() + " for [" + allowed.who().user() + "]";
                    case Verdict.Refused refused ->
                        refused.error().status() + " " + refused.error().code();
                };
        request.response().end(who);
    }

    private String ask(String... fields) throws Exception {
        try (RawClient client = new RawClient(edge.port())) {
            StringBuilder head = new StringBuilder("GET / HTTP/1.1\r\nHost: a\r\n");
            for (String field : fields) {
                head.append(field).append("\r\n");
            }
            RawClient.Response answer = client.send(head + "\r\n").read(true);
            return answer.status() == 200 ? answer.body() : Integer.toString(answer.status());
        }
    }

    @Test
    void aUserIsTakenFromWhoMayActForUsersOnly() throws Exception {
        assertThat(ask("Authorization: Bearer ps-trusted-secret", "X-Penstock-User: ann"))
                .isEqualTo("trusted for [ann]");
        assertThat(ask("Authorization: Bearer ps-trusted-secret")).isEqualTo("trusted for []");
        assertThat(ask("Authorization: Bearer ps-plain-secret", "X-Penstock-User: ann"))
                .isEqualTo("plain for []");
        assertThat(ask("Authorization: Bearer ps-plain-secret", "X-Penstock-User: ", "x-penstock-user: b"))
                .isEqualTo("plain for []");
    }

    @Test
    void aUserThatTwoReadersCouldReadDifferentlyIsRefused() throws Exception {
        assertThat(ask("Authorization: Bearer ps-trusted-secret", "X-Penstock-User: ann", "x-penstock-user: bob"))
                .isEqualTo("400 invalid_header");
        assertThat(ask("Authorization: Bearer ps-trusted-secret", "X-Penstock-User:  "))
                .isEqualTo("400 invalid_header");
        assertThat(ask("Authorization: Bearer ps-trusted-secret", "X-Penstock-User: " + "u".repeat(257)))
                .isEqualTo("400 invalid_header");
    }

    /** Header tricks that have opened other gateways. No row may name a caller but the last two, which are no tricks. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "401 invalid_api_key | X-Penstock-Tenant: acme | X-Penstock-Key-Id: plain",
                "401 invalid_api_key | X-Forwarded-User: admin | X-Real-IP: 127.0.0.1",
                "401 invalid_api_key | X-Original-URL: /livez | X-Rewrite-URL: /livez",
                "401 invalid_api_key | Proxy-Authorization: Bearer ps-plain-secret | Cookie: authorization=ps-plain-secret",
                "401 invalid_api_key | Authorization: Basic ps-plain-secret | X-A: b",
                "401 invalid_api_key | Authorization: Bearer ps-plain-secret, Bearer ps-twin-secret | X-A: b",
                "401 invalid_api_key | Authorization: Bearer Bearer ps-plain-secret | X-A: b",
                "401 invalid_api_key | Authorization: Bearer ps-plain-secret%00 | X-A: b",
                "401 invalid_api_key | Authorization: Bearer ps-plain-%73ecret | X-A: b",
                "401 invalid_api_key | Authorization: Bearer ps-plain- | X-A: b",
                "401 invalid_api_key | Authorization: Bearer ps--secret | X-A: b",
                "401 invalid_api_key | Authorization: Bearer null | X-Api-Key: undefined",
                "401 invalid_api_key | Authorization: Bearer ps-plain-secret | X-Api-Key: ps-twin-secret",
                "401 invalid_api_key | Authorization: Bearer ps-plain-secret | X-Goog-Api-Key: wrong",
                "401 invalid_api_key | X-Api-Key: ps-plain-secret | X-Api-Key: ps-plain-secret",
                "400 | Authorization: Bearer ps-plain-secret | authorization: Bearer ps-twin-secret",
                "400 | Authorization : Bearer ps-plain-secret | X-A: b",
                "400 | X-A: b | ' Authorization: Bearer ps-plain-secret'",
                "plain for [] | Authorization: Bearer ps-plain-secret | X-Api-Key: ps-plain-secret",
                "plain for [] | X-Goog-Api-Key: ps-plain-secret | X-Penstock-Tenant: other"
            })
    void headerTricksNameNobodyElse(String expected, String first, String second) throws Exception {
        assertThat(ask(first, second)).isEqualTo(expected);
    }
}
