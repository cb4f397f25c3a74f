// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.config.SessionCheck;
import dev.penstock.exchange.Ticker;
import dev.penstock.sidecall.SideCall;
import dev.penstock.sidecall.SideCalls;
import dev.penstock.sidecall.SideReply;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sessions of the application: its API is asked who the caller is, with the fields that are named in the configuration and no other.
 * An answer holds for a while, for all requests that bring the same fields; however many bring them at once, the application is
 * asked once. It stands behind a breaker like all calls of Penstock's own. While it is down, what is not remembered is refused with
 * 503: who cannot be asked about does not pass.
 *
 * <p>One per shard and configuration; called on its event loop, and answers there.
 */
final class SessionAnswers {

    /** Answers that are remembered, per event loop. */
    static final int REMEMBERED = 10_000;
    /** Questions under way, per event loop. */
    static final int QUESTIONS = 256;
    /** Requests that wait for them. */
    static final int WAITING = 2_048;
    /** A session that is refused may be signed in a moment later under the same name. */
    static final Duration REFUSED_HOLDS = Duration.ofSeconds(2);

    private static final int LARGEST_ANSWER = 64 << 10;
    private static final int LONGEST_FIELDS = 16 << 10;
    private static final Duration AGAIN = Duration.ofSeconds(2);
    private static final String KEY_ID = "session";

    /** What is remembered. */
    private record Answered(Verdict verdict, long untilNanos) {}

    private final Vertx vertx;
    private final SessionCheck check;
    private final SideCalls calls;
    private final Ticker ticker;
    private final CallerReader callers;
    private final Fingerprint.Maker fingerprints = new Fingerprint.Maker();
    private final RecentlyUsed<Answered> answered = new RecentlyUsed<>(REMEMBERED);
    private final Flights questions = new Flights(QUESTIONS, WAITING);

    SessionAnswers(Vertx vertx, SessionCheck check, SideCalls calls, Ticker ticker, CallerReader callers) {
        this.vertx = vertx;
        this.check = check;
        this.calls = calls;
        this.ticker = ticker;
        this.callers = callers;
    }

    /** Whether the request brings anything that the application could know. */
    boolean concerns(Credentials sent) {
        for (String name : check.forward()) {
            if (sent.header().apply(name) != null) {
                return true;
            }
        }
        return false;
    }

    /** The verdict, or null: then {@code later} hears it, never before this returns. */
    @Nullable
    Verdict check(Credentials sent, Consumer<Verdict> later) {
        if (!isSendable(sent)) {
            return Refusals.session();
        }
        for (String name : check.forward()) {
            fingerprints.add(name, sent.header().apply(name));
        }
        Fingerprint fingerprint = fingerprints.finish();
        Answered known = answered.get(fingerprint);
        if (known != null) {
            if (ticker.nanos() - known.untilNanos() < 0) {
                return known.verdict();
            }
            answered.remove(fingerprint);
        }
        switch (questions.board(fingerprint, later)) {
            // In a turn of its own: a breaker that is open answers at once, and would be heard within this call.
            case FIRST -> vertx.runOnContext(go -> ask(sent, fingerprint));
            case JOINED -> {}
            case FULL -> {
                return Refusals.unavailable("too many sessions are being asked about", AGAIN);
            }
        }
        return null;
    }

    private boolean isSendable(Credentials sent) {
        int length = 0;
        for (String name : check.forward()) {
            String value = sent.header().apply(name);
            length += value == null ? 0 : value.length();
            if (value != null && !isPlain(value)) {
                return false;
            }
        }
        return length <= LONGEST_FIELDS;
    }

    /** Over HTTP/2 a value can hold what would begin another field when it is written on. */
    private static boolean isPlain(String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if ((c < ' ' && c != '\t') || c == 0x7f || c > 0xff) {
                return false;
            }
        }
        return true;
    }

    private void ask(Credentials sent, Fingerprint fingerprint) {
        Map<String, String> headers = new HashMap<>();
        headers.put("accept", "application/json");
        for (String name : check.forward()) {
            String value = sent.header().apply(name);
            if (value != null) {
                headers.put(name, value);
            }
        }
        SideCall call = new SideCall("GET", check.url(), headers, null, LARGEST_ANSWER, check.timeout(), null);
        calls.send(call).onComplete(result -> {
            Verdict verdict = result.succeeded()
                    ? judge(result.result())
                    : Refusals.unavailable("the application does not answer", AGAIN);
            remember(fingerprint, verdict);
            questions.land(fingerprint, verdict);
        });
    }

    private Verdict judge(SideReply reply) {
        if (reply.status() == 401 || reply.status() == 403) {
            return Refusals.session();
        }
        if (!reply.ok()) {
            return Refusals.unavailable("the application answered with status " + reply.status(), AGAIN);
        }
        JsonNode answer = StrictJson.object(reply.body());
        return answer == null
                ? Refusals.unavailable("the application's answer is not a JSON object", AGAIN)
                : callers.read(answer, check.claims(), KEY_ID);
    }

    private void remember(Fingerprint fingerprint, Verdict verdict) {
        Duration holds =
                switch (verdict) {
                    case Verdict.Allowed allowed -> check.cache();
                    case Verdict.Refused refused ->
                        refused.error().status() == 503 || check.cache().compareTo(REFUSED_HOLDS) < 0
                                ? Duration.ZERO
                                : REFUSED_HOLDS;
                };
        if (holds.isPositive()) {
            answered.put(fingerprint, new Answered(verdict, ticker.nanos() + holds.toNanos()));
        }
    }

    /** Answers that are remembered. */
    int remembered() {
        return answered.size();
    }
}
