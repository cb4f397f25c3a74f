// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.CallerClaims;
import dev.penstock.config.SessionCheck;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.Identity;
import dev.penstock.kit.SessionServer;
import dev.penstock.sidecall.SideCall;
import dev.penstock.sidecall.SideCalls;
import dev.penstock.sidecall.SideReply;
import io.vertx.core.Future;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sessions against a real server on loopback. */
final class SessionAnswersTest {

    private static final CallerClaims USUAL = new CallerClaims("tenant", false, "", "user", "roles");

    private final AuthRoom room = new AuthRoom();
    private final SessionServer application = SessionServer.open();
    private SessionAnswers sessions;

    @BeforeEach
    void open() {
        sessions = sessions(USUAL, Duration.ofSeconds(30), Duration.ofSeconds(20));
    }

    @AfterEach
    void close() {
        room.close();
        application.close();
    }

    private SessionAnswers sessions(CallerClaims claims, Duration cache, Duration timeout) {
        SessionCheck check = new SessionCheck(
                URI.create(application.url()), List.of("cookie", "authorization"), cache, timeout, claims);
        return room.on(() -> new SessionAnswers(
                room.vertx, check, room.calls, room.time, new CallerReader(tenant -> "", AuthRoom.ROLES)));
    }

    private static Credentials sent(Map<String, String> fields) {
        return new Credentials(fields.get("authorization"), false, fields::get);
    }

    private Verdict ask(String cookie) {
        return room.ask(later -> sessions.check(sent(Map.of("cookie", cookie)), later));
    }

    private Verdict now(String cookie) {
        return room.now(later -> sessions.check(sent(Map.of("cookie", cookie)), later));
    }

    @Test
    void theApplicationSaysWhoCallsAndHearsOnlyTheFieldsThatAreNamed() {
        application.knows("sid=1", "{\"tenant\":\"acme\",\"user\":17,\"roles\":[\"odd\",\"writer\"]}");

        Verdict verdict = room.ask(later -> sessions.check(
                sent(Map.of("cookie", "sid=1", "x-secret", "canary", "x-forwarded-for", "10.1.1.1")), later));

        assertThat(AuthRoom.who(verdict)).isEqualTo(new Identity("acme", "", "session", "17", "writer"));
        assertThat(application.asked()).hasSize(1);
        assertThat(application.asked().getFirst())
                .containsEntry("Cookie", "sid=1")
                .doesNotContainKeys("x-secret", "x-forwarded-for", "authorization");
    }

    @Test
    void anAnswerHoldsForItsTimeForTheSameFieldsOnly() {
        application.knows("sid=1", "{\"user\":\"a\"}");
        application.knows("sid=2", "{\"user\":\"b\"}");
        assertThat(AuthRoom.who(ask("sid=1")).user()).isEqualTo("a");
        assertThat(AuthRoom.who(ask("sid=2")).user()).isEqualTo("b");

        room.advance(Duration.ofMillis(29_999));
        assertThat(AuthRoom.who(now("sid=1")).user()).isEqualTo("a");
        assertThat(AuthRoom.who(now("sid=2")).user()).isEqualTo("b");
        room.advance(Duration.ofMillis(1));
        assertThat(AuthRoom.who(ask("sid=1")).user()).isEqualTo("a");
        assertThat(application.asked()).hasSize(3);
    }

    @Test
    void fieldsThatReadTheSameOneBehindTheOtherAreNotTheSame() {
        application.knows("a", "{\"user\":\"cookie\"}");
        assertThat(AuthRoom.who(ask("a")).user()).isEqualTo("cookie");

        Verdict other = room.ask(later -> sessions.check(sent(Map.of("authorization", "a")), later));

        assertThat(AuthRoom.who(other).user()).isEqualTo("cookie");
        assertThat(application.asked()).as("asked again").hasSize(2);
    }

    @Test
    void withoutCachingEveryRequestAsks() {
        application.knows("sid=1", "{\"user\":\"a\"}");
        sessions = sessions(USUAL, Duration.ZERO, Duration.ofSeconds(20));
        ask("sid=1");
        ask("sid=1");
        assertThat(application.asked()).hasSize(2);
        assertThat(room.<Integer>on(sessions::remembered)).isZero();
    }

    @Test
    void manyAtOnceWithTheSameSessionAskOnce() {
        application.knows("sid=1", "{\"user\":\"a\"}");
        application.holdBack();
        List<CompletableFuture<Verdict>> asked = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            asked.add(room.start(later -> sessions.check(sent(Map.of("cookie", "sid=1")), later)));
        }
        application.goOn();

        assertThat(asked)
                .allSatisfy(each ->
                        assertThat(AuthRoom.who(AuthRoom.await(each)).user()).isEqualTo("a"));
        assertThat(application.asked()).hasSize(1);
    }

    @Test
    void aSessionThatTheApplicationDoesNotKnowIsRefusedAndMayBeSignedInSoonAfter() {
        assertThat(AuthRoom.refusal(ask("sid=9")).kind()).isEqualTo(Kind.UNAUTHENTICATED);
        assertThat(AuthRoom.refusal(now("sid=9")).code()).isEqualTo("invalid_session");
        application.knows("sid=9", "{\"user\":\"late\"}");
        room.advance(SessionAnswers.REFUSED_HOLDS);
        assertThat(AuthRoom.who(ask("sid=9")).user()).isEqualTo("late");
    }

    @ParameterizedTest
    @ValueSource(ints = {301, 404, 429, 500, 503})
    void anyOtherAnswerIsNoAnswer(int status) {
        application.knows("sid=1", "{\"user\":\"a\"}");
        application.answerWith(status);
        GatewayError error = AuthRoom.refusal(ask("sid=1"));
        assertThat(error.status()).isEqualTo(503);
        assertThat(error.retryAfter()).isPositive();
        application.answerWith(200);
        assertThat(AuthRoom.who(ask("sid=1")).user()).isEqualTo("a");
    }

    @Test
    void anApplicationThatIsDownRefusesWhatIsNotRemembered() {
        application.knows("sid=1", "{\"user\":\"a\"}");
        ask("sid=1");
        application.close();

        GatewayError error = AuthRoom.refusal(ask("sid=2"));

        assertThat(error.status()).isEqualTo(503);
        assertThat(error.code()).isEqualTo("auth_unavailable");
        assertThat(AuthRoom.who(now("sid=1")).user()).isEqualTo("a");
        room.advance(Duration.ofSeconds(30));
        assertThat(AuthRoom.refusal(ask("sid=1")).status()).isEqualTo(503);
    }

    @Test
    void evenAnAnswerThatIsThereAtOnceIsHeardAfterTheQuestion() {
        SideCalls open = new SideCalls() {
            @Override
            public Future<SideReply> send(SideCall call) {
                return Future.failedFuture("left alone");
            }

            @Override
            public void close() {}
        };
        SessionCheck check = new SessionCheck(
                URI.create(application.url()), List.of("cookie"), Duration.ZERO, Duration.ofSeconds(1), USUAL);
        CompletableFuture<Verdict> heard = new CompletableFuture<>();
        boolean early = room.on(() -> {
            SessionAnswers answers = new SessionAnswers(
                    room.vertx, check, open, room.time, new CallerReader(tenant -> "", AuthRoom.ROLES));
            return answers.check(sent(Map.of("cookie", "sid=1")), heard::complete) != null || heard.isDone();
        });

        assertThat(early).isFalse();
        assertThat(AuthRoom.refusal(AuthRoom.await(heard)).code()).isEqualTo("auth_unavailable");
    }

    @Test
    void anApplicationThatIsSlowIsWaitedForNoLongerThanItsTime() {
        sessions = sessions(USUAL, Duration.ofSeconds(30), Duration.ofMillis(50));
        application.holdBack();
        assertThat(AuthRoom.refusal(ask("sid=1")).code()).isEqualTo("auth_unavailable");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "null", "<html>", "{\"user\":\"a\",\"user\":\"b\"}"})
    void anAnswerThatIsNoObjectIsNoAnswer(String body) {
        application.knows("sid=1", body);
        assertThat(AuthRoom.refusal(ask("sid=1")).status()).isEqualTo(503);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"user\":null}", "{\"user\":\"\"}", "{\"user\":{\"id\":1}}"})
    void anAnswerThatNamesNobodyLetsNobodyIn(String body) {
        application.knows("sid=1", body);
        assertThat(AuthRoom.refusal(ask("sid=1")).kind()).isEqualTo(Kind.FORBIDDEN);
    }

    @Test
    void theAnswerIsReadWhereTheConfigurationSays() {
        sessions = sessions(
                new CallerClaims("account.org.name", true, "", "https://app.example.com/user", "account.role"),
                Duration.ofSeconds(30),
                Duration.ofSeconds(20));
        application.knows(
                "sid=1",
                "{\"account\":{\"org\":{\"name\":\"acme\"},\"role\":\"admin\"},\"https://app.example.com/user\":\"u\"}");
        application.knows("sid=2", "{\"tenant\":\"acme\",\"https://app.example.com/user\":\"u\"}");

        assertThat(AuthRoom.who(ask("sid=1"))).isEqualTo(new Identity("acme", "", "session", "u", "admin"));
        assertThat(AuthRoom.refusal(ask("sid=2")).getMessage()).contains("tenant");
    }

    @Test
    void valuesThatWouldBecomeFieldsOrAreTooLongAreNotSentOn() {
        assertThat(AuthRoom.refusal(now("sid=1\r\nx-admin: 1")).status()).isEqualTo(401);
        assertThat(AuthRoom.refusal(now("s".repeat(20_000))).status()).isEqualTo(401);
        assertThat(application.asked()).isEmpty();
        application.knows("sid=1", "{\"user\":\"a\"}");
        assertThat(AuthRoom.who(ask("sid=1")).user()).isEqualTo("a");
    }
}
