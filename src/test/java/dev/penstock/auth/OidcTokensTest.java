// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.JwtAlgorithm;
import dev.penstock.config.OidcIssuer;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.Identity;
import dev.penstock.kit.OidcProvider;
import dev.penstock.kit.SigningKey;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens against a real provider on loopback; time is moved by hand. */
final class OidcTokensTest {

    private static final SigningKey FIRST = SigningKey.make("first", "RS256");
    private static final SigningKey SECOND = SigningKey.make("second", "ES256");

    private final AuthRoom room = new AuthRoom();
    private final OidcProvider provider = OidcProvider.showing(FIRST);
    private final List<String> reports = new ArrayList<>();
    private final Map<OidcIssuer, JwksSource> sources = new LinkedHashMap<>();
    private OidcTokens tokens;

    @BeforeEach
    void open() {
        tokens = tokens(AuthRoom.issuer(provider.issuer()));
    }

    @AfterEach
    void close() {
        room.close();
        provider.close();
    }

    private OidcTokens tokens(OidcIssuer... issuers) {
        return room.on(() -> {
            sources.clear();
            for (OidcIssuer issuer : issuers) {
                sources.put(
                        issuer,
                        new JwksSource(
                                issuer,
                                room.vertx,
                                room.calls,
                                room.time,
                                (who, held, why) -> reports.add((held ? "held: " : "none: ") + why)));
            }
            return new OidcTokens(
                    room.vertx,
                    room.time,
                    sources,
                    new CallerReader(tenant -> tenant.equals("acme") ? "eu" : "", AuthRoom.ROLES));
        });
    }

    private Verdict ask(String token) {
        return room.ask(later -> check(token, later));
    }

    private Verdict now(String token) {
        return room.now(later -> check(token, later));
    }

    /** As the authenticator does it. */
    private Verdict check(String token, Consumer<Verdict> later) {
        String field = "Bearer " + token;
        Verdict known = tokens.known(field);
        return known != null ? known : tokens.check(field, token, later);
    }

    private String token() {
        return FIRST.token(room.claims(provider.issuer()));
    }

    @Test
    void aTokenIsVerifiedWithTheKeysThatDiscoveryFindsAndSaysWhoCalls() {
        Map<String, Object> claims = room.claims(provider.issuer());
        claims.put("roles", List.of("unknown", "writer", "admin"));

        Verdict verdict = ask(FIRST.token(claims));

        assertThat(AuthRoom.who(verdict)).isEqualTo(new Identity("acme", "eu", "oidc", "u-1", "writer"));
        assertThat(provider.discoveries()).isEqualTo(1);
        assertThat(provider.fetches()).isEqualTo(1);
    }

    @Test
    void aTokenThatWasBelievedIsAnsweredAtOnceUntilItEnds() {
        String token = token();
        ask(token);

        assertThat(AuthRoom.who(now(token)).user()).isEqualTo("u-1");
        room.advance(Duration.ofSeconds(3659));
        assertThat(AuthRoom.who(now(token)).user()).isEqualTo("u-1");
        room.advance(Duration.ofSeconds(1));
        assertThat(now(token)).isNull();
        assertThat(AuthRoom.refusal(ask(token)).getMessage()).contains("expired");
        assertThat(room.<Integer>on(tokens::remembered)).isZero();
    }

    @Test
    void aChangedSignatureIsAnotherTokenAndNotRemembered() {
        String token = token();
        ask(token);
        String forged = token.substring(0, token.length() - 20) + "A".repeat(20);

        assertThat(AuthRoom.refusal(ask(forged)).code()).isEqualTo("invalid_token");
        assertThat(room.<Integer>on(tokens::remembered)).isEqualTo(1);
    }

    @Test
    void aTokenThatComesAgainAndAgainIsFoundByItsTextUntilItEnds() {
        String token = token();
        ask(token);
        assertThat(room.<Integer>on(tokens::atHand)).as("seen once").isZero();
        now(token);
        assertThat(room.<Integer>on(tokens::atHand)).isEqualTo(1);

        assertThat(AuthRoom.who(now(token)).user()).isEqualTo("u-1");
        room.advance(Duration.ofSeconds(3660));
        assertThat(now(token)).isNull();
        assertThat(AuthRoom.refusal(ask(token)).getMessage()).contains("expired");
        assertThat(room.<Integer>on(tokens::atHand)).isZero();
    }

    @Test
    void aTokenThatIsFoundByItsTextGoesWithItsKey() {
        String token = token();
        ask(token);
        now(token);
        assertThat(AuthRoom.who(now(token)).user()).isEqualTo("u-1");

        provider.show(SECOND);
        room.advance(JwksSource.LOOK_AGAIN);
        AuthRoom.await(
                room.on(() -> sources.values().iterator().next().refresh().toCompletionStage())
                        .toCompletableFuture());

        assertThat(now(token)).as("it has to be checked anew").isNull();
        assertThat(room.<Integer>on(tokens::atHand)).isZero();
    }

    /** The hash of a text is weak: whoever knows a token can make others of the same hash. None of them is that token. */
    @Test
    void aTextOfTheSameHashIsAnotherToken() {
        String token = token();
        ask(token);
        now(token);
        now(token);

        int made = 0;
        for (int i = token.lastIndexOf('.') + 1; i < token.length() - 3 && made < 5; i++) {
            char first = (char) (token.charAt(i) + 1);
            char second = (char) (token.charAt(i + 1) - 31);
            if (isBase64(first) && isBase64(second)) {
                String twin = token.substring(0, i) + first + second + token.substring(i + 2);
                assertThat(twin.hashCode()).isEqualTo(token.hashCode());
                assertThat(AuthRoom.refusal(ask(twin)).code()).isEqualTo("invalid_token");
                made++;
            }
        }
        assertThat(made).isPositive();
        assertThat(room.<Integer>on(tokens::atHand)).isEqualTo(1);
    }

    private static boolean isBase64(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }

    @Test
    void textsAtHandAreBoundedByTheirLengthTogetherAndEachByItself() {
        AtHand<Integer> some = new AtHand<>(100, 40);
        for (int i = 0; i < 10; i++) {
            some.put("x".repeat(30) + i, i);
            some.put("x".repeat(30) + i, i);
        }
        some.put("y".repeat(41), 0);

        assertThat(some.size()).isEqualTo(3);
        assertThat(some.get("x".repeat(30) + 9)).isEqualTo(9);
        assertThat(some.get("x".repeat(30) + 6)).as("used longest ago").isNull();
        assertThat(some.get("y".repeat(41))).as("too long").isNull();
        some.remove("x".repeat(30) + 9);
        some.remove("x".repeat(30) + 9);
        some.put("z".repeat(38), 1);
        assertThat(some.size()).as("what was taken out makes room once").isEqualTo(3);
    }

    @Test
    void manyWithTheSameNewTokenAreOneCheckAndOneFetch() {
        provider.holdBack();
        String token = token();
        List<CompletableFuture<Verdict>> asked = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            asked.add(room.start(later -> check(token, later)));
        }
        provider.goOn();

        assertThat(asked)
                .allSatisfy(each ->
                        assertThat(AuthRoom.who(AuthRoom.await(each)).tenant()).isEqualTo("acme"));
        assertThat(provider.fetches()).isEqualTo(1);
    }

    @Test
    void moreNewTokensAtOnceThanAreCheckedAreToldToComeBack() {
        provider.holdBack();
        List<CompletableFuture<Verdict>> asked = new ArrayList<>();
        String last = token();
        Verdict verdict = room.on(() -> {
            for (int i = 0; i < OidcTokens.CHECKS; i++) {
                CompletableFuture<Verdict> heard = new CompletableFuture<>();
                asked.add(heard);
                assertThat(check("eyJ" + i + ".e30.e30", heard::complete)).isNull();
            }
            return check(last, later -> {});
        });

        assertThat(AuthRoom.refusal(verdict).status()).isEqualTo(503);
        provider.goOn();
        asked.forEach(each ->
                assertThat(AuthRoom.refusal(AuthRoom.await(each)).status()).isEqualTo(401));
    }

    @Test
    void aNewKeyIsFetchedAtItsFirstTokenAndUnknownNamesMakeNoMoreThanOneFetchInTenSeconds() {
        ask(token());
        provider.show(FIRST, SECOND);
        room.advance(JwksSource.APART);

        String rotated = SECOND.token(room.claims(provider.issuer()));
        assertThat(AuthRoom.who(ask(rotated)).tenant()).isEqualTo("acme");
        assertThat(provider.fetches()).isEqualTo(2);

        for (int i = 0; i < 20; i++) {
            Map<String, Object> header = new LinkedHashMap<>(FIRST.header());
            header.put("kid", "made-up-" + i);
            String made = FIRST.token(header, SigningKey.json(room.claims(provider.issuer())));
            GatewayError error = AuthRoom.refusal(ask(made));
            assertThat(error.status()).isEqualTo(401);
            assertThat(error.getMessage()).contains("no such key");
        }
        assertThat(provider.fetches()).isEqualTo(2);
        room.advance(JwksSource.APART);
        Map<String, Object> header = new LinkedHashMap<>(FIRST.header());
        header.put("kid", "made-up");
        ask(FIRST.token(header, SigningKey.json(room.claims(provider.issuer()))));
        assertThat(provider.fetches()).isEqualTo(3);
    }

    @Test
    void aKeyThatIsWithdrawnTakesTheTokensThatAreRememberedAlong() {
        String token = token();
        ask(token);
        provider.show(SECOND);
        room.advance(JwksSource.LOOK_AGAIN);

        // Served with the old keys, while the new ones are fetched in the background.
        assertThat(AuthRoom.who(now(token)).tenant()).isEqualTo("acme");
        AuthRoom.await(
                room.on(() -> sources.values().iterator().next().refresh().toCompletionStage())
                        .toCompletableFuture());

        assertThat(AuthRoom.refusal(ask(token)).getMessage()).contains("no such key");
    }

    @Test
    void whileTheProviderIsDownTheLastKeysHoldForADayAndNoLonger() {
        Map<String, Object> claims = room.claims(provider.issuer());
        claims.put("exp", room.time.now().getEpochSecond() + Duration.ofDays(3).toSeconds());
        String token = FIRST.token(claims);
        ask(token);
        provider.answerWith(500);
        room.advance(JwksSource.HOLD.minusSeconds(1));

        assertThat(AuthRoom.who(now(token)).tenant()).isEqualTo("acme");
        AuthRoom.await(
                room.on(() -> sources.values().iterator().next().refresh().toCompletionStage())
                        .toCompletableFuture());
        assertThat(reports).containsExactly("held: it answered with status 500");
        claims.put("sub", "u-2");
        assertThat(AuthRoom.who(ask(FIRST.token(claims))).user()).isEqualTo("u-2");

        room.advance(Duration.ofSeconds(10));
        GatewayError error = AuthRoom.refusal(ask(token));
        assertThat(error.status()).isEqualTo(503);
        assertThat(error.code()).isEqualTo("auth_unavailable");
        assertThat(error.retryAfter()).isEqualTo(JwksSource.FIRST_APART);

        provider.answerWith(200);
        room.advance(JwksSource.FIRST_APART);
        assertThat(AuthRoom.who(ask(token)).tenant()).isEqualTo("acme");
    }

    @Test
    void aKeyThatNobodyHasSeenWhileTheProviderIsDownMayBeRight() {
        ask(token());
        provider.answerWith(503);
        room.advance(JwksSource.APART);

        GatewayError error = AuthRoom.refusal(ask(SECOND.token(room.claims(provider.issuer()))));

        assertThat(error.status()).isEqualTo(503);
        assertThat(error.retryAfter()).isEqualTo(JwksSource.APART);
        assertThat(AuthRoom.who(ask(token())).tenant()).isEqualTo("acme");
    }

    @Test
    void aProviderThatIsNotThereAtAllIsAskedOnceASecond() {
        provider.close();
        for (int i = 0; i < 5; i++) {
            assertThat(AuthRoom.refusal(ask(token())).kind()).isEqualTo(Kind.OVERLOADED);
        }
        assertThat(reports).containsExactly("none: the connection was refused");
        room.advance(JwksSource.FIRST_APART);
        ask(token());
        assertThat(reports).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"issuer\":\"http://other.example\",\"jwks_uri\":\"http://127.0.0.1:1/keys\"}",
                "{\"issuer\":\"ISSUER\",\"jwks_uri\":\"http://keys.example/keys\"}",
                "{\"issuer\":\"ISSUER\",\"jwks_uri\":\"file:///etc/keys\"}",
                "{\"issuer\":\"ISSUER\",\"jwks_uri\":\"https://user@keys.example/keys\"}",
                "{\"issuer\":\"ISSUER\",\"jwks_uri\":7}",
                "{\"issuer\":\"ISSUER\"}"
            })
    void aDocumentAboutSomebodyElseOrWithAnUnsafeAddressLeadsNowhere(String text) throws Exception {
        Map<String, Object> document = new LinkedHashMap<>();
        new com.fasterxml.jackson.databind.ObjectMapper()
                .readTree(text.replace("ISSUER", provider.issuer()))
                .properties()
                .forEach(member -> document.put(member.getKey(), member.getValue()));
        provider.say(usual -> document);

        assertThat(AuthRoom.refusal(ask(token())).status()).isEqualTo(503);
        assertThat(provider.fetches()).isZero();
        assertThat(reports).hasSize(1).allSatisfy(report -> assertThat(report).contains("what was discovered"));
    }

    @Test
    void keysAtAnAddressOfTheConfigurationNeedNoDiscovery() {
        OidcIssuer usual = AuthRoom.issuer(provider.issuer());
        tokens = tokens(new OidcIssuer(
                "",
                usual.issuer(),
                usual.audience(),
                URI.create(provider.jwksUri()),
                usual.algorithms(),
                usual.leeway(),
                usual.claims()));

        assertThat(AuthRoom.who(ask(token())).tenant()).isEqualTo("acme");
        assertThat(provider.discoveries()).isZero();
    }

    @Test
    void twoIssuersWithKeysOfTheSameNameNeverAnswerForEachOther() {
        SigningKey twin = SigningKey.make("first", "RS256");
        try (OidcProvider other = OidcProvider.showing(twin)) {
            tokens = tokens(
                    AuthRoom.issuer("a", provider.issuer(), "gateway"),
                    AuthRoom.issuer("b", other.issuer(), "gateway"));
            Map<String, Object> fromOther = room.claims(other.issuer());
            fromOther.put("org", "rival");
            String mine = token();
            String theirs = twin.token(fromOther);
            // The same bytes but for the signature: whoever remembers a part of a token takes them for one.
            String forged = mine.substring(0, mine.lastIndexOf('.')) + theirs.substring(theirs.lastIndexOf('.'));

            assertThat(AuthRoom.who(ask(mine))).isEqualTo(new Identity("acme", "eu", "oidc:a", "u-1", ""));
            assertThat(AuthRoom.who(ask(theirs))).isEqualTo(new Identity("rival", "", "oidc:b", "u-1", ""));
            assertThat(AuthRoom.refusal(ask(forged)).getMessage()).contains("signature");
            assertThat(AuthRoom.refusal(ask(twin.token(room.claims(provider.issuer()))))
                            .getMessage())
                    .contains("signature");
            assertThat(AuthRoom.who(now(mine)).tenant()).isEqualTo("acme");
            assertThat(AuthRoom.who(now(theirs)).tenant()).isEqualTo("rival");
        }
    }

    @Test
    void aTokenWithoutATenantOrWithANameThatIsNoneIsKnownButMayNotCall() {
        for (Object org : new Object[] {null, "", List.of("acme"), "a\nb", "x".repeat(201), true}) {
            Map<String, Object> claims = room.claims(provider.issuer());
            claims.put("org", org);
            GatewayError error = AuthRoom.refusal(ask(FIRST.token(claims)));
            assertThat(error.kind()).isEqualTo(Kind.FORBIDDEN);
            assertThat(error.getMessage()).contains("tenant").doesNotContain("acme");
        }
    }

    @Test
    void claimsThatAreNotMappedGiveNothing() {
        Map<String, Object> claims = room.claims(provider.issuer());
        claims.put("tenant", "other");
        claims.put("role", "admin");
        claims.put("user", "root");
        assertThat(AuthRoom.who(ask(FIRST.token(claims)))).isEqualTo(new Identity("acme", "eu", "oidc", "u-1", ""));
    }

    @Test
    void aTokenThatIsTooLongIsRefusedAtOnce() {
        String huge = "eyJ" + "A".repeat(2 << 20) + ".e30.AAAA";
        GatewayError error = AuthRoom.refusal(now(huge));
        assertThat(error.getMessage()).contains("longer than 16384");
        assertThat(provider.discoveries()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"RS256", "ES256", "PS256"})
    void everyUsualAlgorithmPassesOverARealProvider(String alg) {
        SigningKey key = SigningKey.make("k-" + alg, alg);
        provider.show(key);
        assertThat(JwtAlgorithm.of(alg)).isNotNull();
        assertThat(AuthRoom.who(ask(key.token(room.claims(provider.issuer())))).tenant())
                .isEqualTo("acme");
    }
}
