// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.AuthConfig;
import dev.penstock.config.AuthConfig.Method;
import dev.penstock.config.CallerClaims;
import dev.penstock.config.OidcIssuer;
import dev.penstock.config.RolesConfig;
import dev.penstock.config.Secret;
import dev.penstock.config.SessionCheck;
import dev.penstock.config.TenantConfig;
import dev.penstock.kit.OidcProvider;
import dev.penstock.kit.SessionServer;
import dev.penstock.kit.SigningKey;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which way judges a request. */
final class AuthenticatorTest {

    private static final SigningKey KEY = SigningKey.make("k", "RS256");

    private final AuthRoom room = new AuthRoom();
    private final OidcProvider provider = OidcProvider.showing(KEY);
    private final SessionServer application = SessionServer.open();
    private final Authenticator auth =
            room.on(() -> new Authenticator(room.vertx, room.calls, room.time, AuthListener.NONE));
    private GatewayKey keys = GatewayKey.of(Secret.of("plain-key"));
    private final String token = KEY.token(room.claims(provider.issuer()));

    @BeforeEach
    void knowSomebody() {
        application.knows("sid=1", "{\"user\":\"cookie\"}");
        application.knows("Bearer opaque", "{\"user\":\"opaque\"}");
    }

    @AfterEach
    void close() {
        room.close();
        provider.close();
        application.close();
    }

    private void use(boolean apiKeys, boolean oidc, boolean session, Method... order) {
        List<OidcIssuer> issuers = oidc ? List.of(AuthRoom.issuer(provider.issuer())) : List.of();
        SessionCheck check = session
                ? new SessionCheck(
                        URI.create(application.url()),
                        List.of("cookie", "authorization"),
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(20),
                        new CallerClaims("tenant", false, "", "user", "roles"))
                : null;
        AuthConfig config = new AuthConfig(
                apiKeys, null, issuers, check, order.length == 0 ? List.of(Method.values()) : List.of(order));
        room.on(() -> {
            auth.useIfNew(config, List.of(new TenantConfig("acme", "eu", List.of())), RolesConfig.NONE);
            return true;
        });
    }

    /** Who is let in by these fields, or the code of the refusal. */
    private String ask(String... fields) {
        Map<String, @Nullable String> all = new HashMap<>();
        for (int i = 0; i < fields.length; i += 2) {
            all.put(fields[i], fields[i + 1]);
        }
        Credentials sent = new Credentials(all.get("authorization"), all.containsKey("x-api-key"), all::get);
        Verdict verdict = room.ask(later -> auth.authenticate(
                sent, keys.open(), () -> keys.check(all.get("authorization"), all.get("x-api-key"), null), later));
        return switch (verdict) {
            case Verdict.Allowed allowed ->
                allowed.who().keyId().isEmpty()
                        ? "key"
                        : allowed.who().keyId() + " " + allowed.who().user();
            case Verdict.Refused refused -> String.valueOf(refused.error().code());
        };
    }

    @Test
    void withKeysOnlyATokenIsJustAWrongKey() {
        assertThat(ask("authorization", "Bearer " + token)).isEqualTo("invalid_api_key");
        assertThat(ask("authorization", "Bearer plain-key")).isEqualTo("key");
        assertThat(ask("cookie", "sid=1")).isEqualTo("invalid_api_key");
    }

    @Test
    void eachKindOfCredentialGoesItsOwnWay() {
        use(true, true, true);
        assertThat(ask("authorization", "Bearer " + token)).isEqualTo("oidc u-1");
        assertThat(ask("authorization", "bearer  " + token)).isEqualTo("oidc u-1");
        assertThat(ask("authorization", "Bearer plain-key")).isEqualTo("key");
        assertThat(ask("x-api-key", "plain-key")).isEqualTo("key");
        assertThat(ask("authorization", "Bearer opaque")).isEqualTo("session opaque");
        assertThat(ask("cookie", "sid=1")).isEqualTo("session cookie");
        assertThat(ask()).isEqualTo("invalid_api_key");
    }

    @Test
    void afterARefusalNothingElseIsTried() {
        use(true, true, true);
        String forged = token.substring(0, token.length() - 20) + "A".repeat(20);
        assertThat(ask("authorization", "Bearer " + forged, "cookie", "sid=1")).isEqualTo("invalid_token");
        assertThat(ask("authorization", "Bearer ps-wrong-key", "cookie", "sid=1"))
                .isEqualTo("invalid_api_key");
        assertThat(ask("x-api-key", "wrong", "cookie", "sid=1")).isEqualTo("invalid_api_key");
        assertThat(application.asked()).isEmpty();
    }

    @Test
    void aTokenAndAKeyInOneRequestAreRefused() {
        use(true, true, false);
        assertThat(ask("authorization", "Bearer " + token, "x-api-key", "plain-key"))
                .isEqualTo("several_credentials");
    }

    @Test
    void theOrderDecidesWhereARequestCouldGoTwoWays() {
        use(true, true, true, Method.KEY, Method.OIDC, Method.SESSION);
        assertThat(ask("authorization", "Bearer " + token, "cookie", "sid=1")).isEqualTo("oidc u-1");
        assertThat(ask("authorization", "Bearer plain-key", "cookie", "sid=1")).isEqualTo("key");
        use(true, true, true, Method.SESSION, Method.KEY, Method.OIDC);
        assertThat(ask("authorization", "Bearer " + token, "cookie", "sid=1")).isEqualTo("session cookie");
        assertThat(ask("authorization", "Bearer plain-key", "cookie", "sid=1")).isEqualTo("session cookie");
    }

    @Test
    void aKeyOfTheGatewayIsNeverShownToTheApplication() {
        use(true, false, true, Method.SESSION, Method.KEY, Method.OIDC);
        assertThat(ask("authorization", "Bearer ps-id-secret")).isEqualTo("invalid_api_key");
        assertThat(ask("x-api-key", "plain-key", "cookie", "sid=1")).isEqualTo("key");
        assertThat(application.asked()).isEmpty();
    }

    @Test
    void withoutAnyKeyNobodyPassesForLackOfOne() {
        keys = GatewayKey.of(null);
        use(true, true, true);
        assertThat(ask()).isEqualTo("missing_credentials");
        assertThat(ask("x-api-key", "anything")).isEqualTo("invalid_credentials");
        assertThat(ask("authorization", "Bearer " + token)).isEqualTo("oidc u-1");
        assertThat(ask("cookie", "sid=1")).isEqualTo("session cookie");
    }

    @Test
    void keysThatAreSwitchedOffOpenNothing() {
        use(false, true, false);
        assertThat(ask("authorization", "Bearer plain-key")).isEqualTo("invalid_credentials");
        assertThat(ask("x-api-key", "plain-key")).isEqualTo("invalid_credentials");
        assertThat(ask("authorization", "Basic abc")).isEqualTo("invalid_credentials");
        assertThat(ask("authorization", "Bearer " + token)).isEqualTo("oidc u-1");
    }

    @Test
    void aReloadForgetsTokensAndKeepsTheKeysOfTheIssuer() {
        use(true, true, false);
        ask("authorization", "Bearer " + token);
        use(true, true, true);
        assertThat(ask("authorization", "Bearer " + token)).isEqualTo("oidc u-1");
        assertThat(provider.fetches()).isEqualTo(1);
        use(true, false, false);
        assertThat(ask("authorization", "Bearer " + token)).isEqualTo("invalid_api_key");
    }

    @Test
    void nothingThatWasSentIsPrinted() {
        assertThat(new Credentials("Bearer canary", true, name -> "canary").toString())
                .doesNotContain("canary");
    }
}
