// SPDX-License-Identifier: Apache-2.0
package dev.penstock.credentials;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.config.GoogleLogin;
import dev.penstock.exchange.Ticker;
import dev.penstock.sidecall.SideCall;
import dev.penstock.sidecall.SideCalls;
import dev.penstock.sidecall.SideReply;
import io.vertx.core.Future;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Access tokens of Google Cloud in the order of its Application Default Credentials: the key file that somebody named, the one
 * that gcloud has left, the metadata server of the machine. Files are read again each time.
 *
 * <p>Source: "How Application Default Credentials works" and "About VM metadata", Google Cloud documentation, November 2026.
 */
final class GoogleTokens implements Source<GoogleToken> {

    /** Below the usual limit for connecting to a provider, so that whoever waits hears of this one. */
    private static final Duration TIMEOUT = Duration.ofSeconds(4);

    private static final Duration METADATA_TIMEOUT = Duration.ofSeconds(2);
    private static final String METADATA_PATH = "/computeMetadata/v1/instance/service-accounts/default/token";
    private static final String FLAVOR = "Metadata-Flavor";
    private static final String GOOGLE = "Google";
    private static final String USER_FILE = "gcloud's application_default_credentials.json";
    private static final String GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    /** Longer ones are not believed. */
    private static final long LONGEST_SECONDS = Duration.ofDays(1).toSeconds();

    private final GoogleLogin login;
    private final SideCalls calls;
    private final Worker worker;
    private final Ticker ticker;

    GoogleTokens(GoogleLogin login, SideCalls calls, Worker worker, Ticker ticker) {
        this.login = login;
        this.calls = calls;
        this.worker = worker;
        this.ticker = ticker;
    }

    @Override
    public Future<Lease<GoogleToken>> fetch() {
        Path named = login.keyFile();
        if (named != null) {
            return withFile(named, "the file of " + login.keyFileFrom());
        }
        Path left = login.userFile();
        if (left == null) {
            return withoutFile("key file: none is named");
        }
        return worker.run(() -> Files.exists(left))
                .compose(exists -> exists
                        ? withFile(left, USER_FILE)
                        : withoutFile("key file: none is named, and there is no " + USER_FILE));
    }

    private Future<Lease<GoogleToken>> withoutFile(String tried) {
        URI server = login.metadata();
        if (server == null) {
            return Future.failedFuture(new NoCredentials(tried + "; metadata server: NO_GCE_CHECK is set"));
        }
        return fromMetadata(server)
                .recover(failure -> Future.failedFuture(
                        failure instanceof NoCredentials
                                ? new NoCredentials(tried + "; metadata server: " + failure.getMessage())
                                : failure));
    }

    private Future<Lease<GoogleToken>> fromMetadata(URI server) {
        URI url = URI.create(server + METADATA_PATH);
        return calls.send(SideCall.get(url, Map.of(FLAVOR, GOOGLE), METADATA_TIMEOUT))
                .recover(failure -> Replies.unanswered("it", failure))
                .compose(reply -> {
                    // A captive portal would answer, too.
                    if (!GOOGLE.equals(reply.header().apply(FLAVOR))) {
                        return Future.failedFuture(new NoCredentials("who answers is not Google's"));
                    }
                    return Replies.read(() -> lease(reply, "the metadata server", null));
                });
    }

    private Future<Lease<GoogleToken>> withFile(Path file, String what) {
        return worker.run(() -> request(GoogleKey.read(Worker.read(file, what), what)))
                .compose(request -> calls.send(request.call())
                        .recover(failure -> Replies.unanswered("the token endpoint", failure))
                        .compose(reply ->
                                Replies.read(() -> lease(reply, "the token endpoint", request.quotaProject()))))
                .recover(failure -> Future.failedFuture(
                        failure instanceof NoCredentials
                                ? new NoCredentials("key file: " + failure.getMessage())
                                : failure));
    }

    /** What to send, and what the answer does not tell. */
    private record Request(SideCall call, @Nullable String quotaProject) {}

    private Request request(GoogleKey key) throws NoCredentials {
        return switch (key) {
            case GoogleKey.ServiceAccount account ->
                new Request(
                        post(
                                account,
                                new Form()
                                        .with("grant_type", GRANT)
                                        .with("assertion", ServiceAssertion.of(account, ticker.now()))),
                        null);
            case GoogleKey.AuthorizedUser user ->
                new Request(
                        post(
                                user,
                                new Form()
                                        .with("grant_type", "refresh_token")
                                        .with("client_id", user.clientId())
                                        .with(
                                                "client_secret",
                                                user.clientSecret().reveal())
                                        .with(
                                                "refresh_token",
                                                user.refreshToken().reveal())),
                        user.quotaProject());
        };
    }

    private static SideCall post(GoogleKey key, Form form) {
        Map<String, String> headers = Map.of("content-type", Form.TYPE, "accept", "application/json");
        return SideCall.small("POST", key.tokenUri(), headers, form.body(), TIMEOUT);
    }

    /** RFC 6749 sections 5.1 and 5.2. */
    private Lease<GoogleToken> lease(SideReply reply, String who, @Nullable String quotaProject) throws NoCredentials {
        if (!reply.ok()) {
            throw new NoCredentials(who + " refused, " + Replies.refusal(reply.status(), error(reply)));
        }
        String what = "the answer of " + who;
        JsonNode object = Replies.object(reply.body(), what);
        long seconds = object.path("expires_in").asLong(0);
        if (seconds <= 0 || seconds > LONGEST_SECONDS) {
            throw new NoCredentials(what + " does not say until when it is valid");
        }
        Instant until = ticker.now().plusSeconds(seconds);
        GoogleToken token =
                new GoogleToken(Replies.secret(Replies.text(object, "access_token"), what, "token"), quotaProject);
        return new Lease<>(token, until);
    }

    private static @Nullable String error(SideReply reply) {
        try {
            return Replies.text(Replies.object(reply.body(), "an error"), "error");
        } catch (NoCredentials e) {
            return null;
        }
    }
}
