// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.AuthConfig.Method;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class AuthSectionTest {

    @TempDir
    Path folder;

    private ConfigRoom room;

    @BeforeEach
    void openRoom() {
        room = new ConfigRoom(folder);
    }

    private AuthConfig auth(String yaml) {
        return room.yaml(yaml).snapshot().access().auth();
    }

    @Test
    void withoutAWordThereAreOnlyKeys() {
        AuthConfig auth = auth("models: {chat: demo/demo}");
        assertThat(auth).isEqualTo(AuthConfig.NONE);
        assertThat(auth.isKeysOnly()).isTrue();
        assertThat(room.settings()).containsEntry("auth.api_keys", "true # default");
        assertThat(room.settings()).doesNotContainKey("auth.order");
    }

    @Test
    void everyKeyIsRead() {
        AuthConfig auth = auth("""
                auth:
                  api_keys: false
                  oidc:
                    issuer: "https://id.example.com/"
                    audience: llm
                    jwks: "https://keys.example.com/set?p=1"
                    algorithms: [ES384, EdDSA]
                    leeway: 5s
                    tenant: claims.org.name
                    default_tenant: house
                    user: claims.email
                    roles: claims.realm_access.roles
                  issuers:
                    partner: {issuer: "http://127.0.0.1:8089", audience: llm}
                  session:
                    check: http
                    url: "http://app.internal:3000/api/me"
                    forward: [Cookie, authorization, cookie]
                    cache: 1m
                    timeout: 500ms
                    tenant: answer.account
                    user: answer.id
                    roles: answer.rights
                  order: [session, oidc]
                """);

        assertThat(auth.apiKeys()).isFalse();
        assertThat(auth.order()).containsExactly(Method.SESSION, Method.OIDC, Method.KEY);
        assertThat(auth.issuers())
                .containsExactly(
                        new OidcIssuer(
                                "",
                                "https://id.example.com/",
                                "llm",
                                URI.create("https://keys.example.com/set?p=1"),
                                Set.of(JwtAlgorithm.ES384, JwtAlgorithm.EDDSA),
                                Duration.ofSeconds(5),
                                new CallerClaims("org.name", true, "house", "email", "realm_access.roles")),
                        new OidcIssuer(
                                "partner",
                                "http://127.0.0.1:8089",
                                "llm",
                                null,
                                Set.of(JwtAlgorithm.RS256, JwtAlgorithm.ES256, JwtAlgorithm.PS256),
                                Duration.ofSeconds(60),
                                new CallerClaims("", false, "", "sub", "")));
        assertThat(auth.session())
                .isEqualTo(new SessionCheck(
                        URI.create("http://app.internal:3000/api/me"),
                        List.of("cookie", "authorization"),
                        Duration.ofMinutes(1),
                        Duration.ofMillis(500),
                        new CallerClaims("account", true, "", "id", "rights")));
    }

    @Test
    void whatIsInForceIsPrinted() {
        room.yaml("""
                auth:
                  oidc: {issuer: "https://id.example.com", audience: llm, tenant: claims.org}
                  session: {url: "http://app.internal/me"}
                """);
        assertThat(room.settings())
                .containsEntry("auth.oidc.tenant", "claims.org # penstock.yaml:2")
                .containsEntry("auth.oidc.algorithms", "[RS256, PS256, ES256] # default")
                .containsEntry("auth.oidc.leeway", "1m # default")
                .containsEntry("auth.session.forward", "[cookie] # default")
                .containsEntry("auth.order", "[key, oidc, session] # default");
    }

    @Test
    void aChangeIsSeenByAReloadAndNeedsNoRestart() {
        Snapshot before = room.yaml("auth: {oidc: {issuer: \"https://id.example.com\", audience: a}}")
                .snapshot();
        Snapshot after = room.yaml("auth: {oidc: {issuer: \"https://id.example.com\", audience: b}}")
                .snapshot();
        ConfigDiff diff = ConfigDiff.between(before, after);
        assertThat(diff.changed()).containsExactly("auth.oidc.audience");
        assertThat(diff.restart()).isEmpty();
        assertThat(after.version()).isNotEqualTo(before.version());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://id.example.com",
                "ftp://id.example.com",
                "https://user@id.example.com",
                "https://id.example.com/#a",
                "id.example.com",
                "https://"
            })
    void keysAreOnlyTakenFromWhereTheyAreSafe(String address) {
        room.yaml("auth: {oidc: {issuer: \"" + address + "\", audience: llm}}");
        assertThat(room.problems())
                .singleElement()
                .asString()
                .contains("auth.oidc.issuer")
                .contains("https URL");
        room.yaml("auth: {oidc: {issuer: \"https://id.example.com\", audience: llm, jwks: \"" + address + "\"}}");
        assertThat(room.problems()).singleElement().asString().contains("auth.oidc.jwks");
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "HS256", "rs256", "RS1"})
    void algorithmsThatProveNothingAreRefused(String label) {
        room.yaml("auth: {oidc: {issuer: \"https://id.example.com\", audience: llm, algorithms: [" + label + "]}}");
        assertThat(room.problems())
                .singleElement()
                .asString()
                .contains("auth.oidc.algorithms[0]")
                .contains("RS256, RS384");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "auth: {oidc: {audience: llm}} | auth.oidc.issuer  missing",
                "auth: {oidc: {issuer: \"https://a.example\"}} | auth.oidc.audience  missing",
                "auth: {oidc: {issuer: \"https://a.example\", audience: a, tenant: org}} | auth.oidc.tenant",
                "auth: {oidc: {issuer: \"https://a.example\", audience: a, roles: claims.}} | auth.oidc.roles",
                "auth: {oidc: {issuer: \"https://a.example\", audience: a, default_tenant: \"a b\"}} | default_tenant",
                "auth: {oidc: {issuer: \"https://a.example\", audience: a, algorithms: []}} | an empty list",
                "auth: {oidc: {issuer: \"https://a.example\", audience: a, leeway: 1h}} | auth.oidc.leeway",
                "auth: {oidc: {issuer: \"https://a.example?a=b\", audience: a}} | auth.oidc.issuer",
                "auth: {api_keys: false} | auth.api_keys  false",
                "auth: {session: {forward: [cookie]}} | auth.session.url  missing",
                "auth: {session: {url: \"http://a/me\", forward: [host]}} | auth.session.forward[0]",
                "auth: {session: {url: \"http://a/me\", forward: [\"x y\"]}} | auth.session.forward[0]",
                "auth: {session: {url: \"http://a/me\", forward: []}} | an empty list",
                "auth: {session: {url: \"http://a/me\", user: user}} | auth.session.user",
                "auth: {session: {url: \"http://a/me\", check: grpc}} | auth.session.check",
                "auth: {order: [key, key]} | auth.order",
                "auth: {order: [saml]} | auth.order[0]",
                "auth: {odic: {}} | Did you mean"
            })
    void whatIsWrongIsSaidWithItsPlace(String yaml, String expected) {
        room.yaml(yaml);
        assertThat(room.problems()).singleElement().asString().contains(expected);
    }

    @Test
    void twoEntriesWithOneIssuerAreRefused() {
        room.yaml("""
                auth:
                  issuers:
                    a: {issuer: "https://id.example.com", audience: a}
                    b: {issuer: "https://id.example.com", audience: b}
                """);
        assertThat(room.problems()).singleElement().asString().contains("auth.issuers.b.issuer");
    }

    @Test
    void aListenerForOthersIsSafeWithTokensOrSessionsAsWithAKey() {
        String open =
                "server: {host: 0.0.0.0}\nproviders: {openai: {type: openai, base_url: \"https://api.example/v1\", api_key: k}}\n";
        assertThat(room.yaml(open).problems()).isNotEmpty();
        room.yaml(open + "auth: {issuers: {}}");
        assertThat(room.problems()).isNotEmpty();
        room.yaml(open + "auth: {oidc: {issuer: \"https://id.example.com\", audience: llm}}");
        assertThat(room.snapshot().access().auth().isKeysOnly()).isFalse();
    }
}
