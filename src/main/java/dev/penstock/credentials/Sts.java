// SPDX-License-Identifier: Apache-2.0
package dev.penstock.credentials;

import dev.penstock.config.AwsLogin;
import dev.penstock.config.ProviderConfig.AwsKeys;
import dev.penstock.config.Secret;
import dev.penstock.exchange.Ticker;
import dev.penstock.schema.bedrock.SigV4;
import dev.penstock.sidecall.SideCall;
import dev.penstock.sidecall.SideCalls;
import dev.penstock.sidecall.SideReply;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * AWS's Security Token Service: keys for a role, for about an hour.
 *
 * <p>Source: AWS Security Token Service API Reference, AssumeRole and AssumeRoleWithWebIdentity, version 2011-06-15.
 */
final class Sts {

    /** Below the usual limit for connecting to a provider, so that whoever waits hears of this one. */
    private static final Duration TIMEOUT = Duration.ofSeconds(4);

    private final URI url;
    private final String region;
    private final SideCalls calls;
    private final Worker worker;
    private final Ticker ticker;

    Sts(URI url, String region, SideCalls calls, Worker worker, Ticker ticker) {
        this.url = url;
        this.region = region;
        this.calls = calls;
        this.worker = worker;
        this.ticker = ticker;
    }

    /**
     * A role and how the session is called.
     *
     * @param externalId what the owner of the role asks to be told, or null
     * @param seconds how long the keys shall be valid, as text, or null for the service's usual time
     */
    record Role(
            String arn,
            String sessionName,
            @Nullable String externalId,
            @Nullable String seconds) {

        static Role of(AwsLogin.WebIdentity identity) {
            return new Role(identity.roleArn(), identity.sessionName(), null, null);
        }
    }

    /** The token is the proof; nothing is signed. */
    Future<Lease<AwsKeys>> withWebIdentity(Role role, String token) {
        Form form = form("AssumeRoleWithWebIdentity", role).with("WebIdentityToken", token);
        return send(form.body(), Map.of());
    }

    /** Signed with keys that may assume the role. */
    Future<Lease<AwsKeys>> with(AwsKeys keys, Role role) {
        Form form = form("AssumeRole", role);
        if (role.externalId() != null) {
            form.with("ExternalId", role.externalId());
        }
        Buffer body = form.body();
        Secret session = keys.sessionToken();
        SigV4 signature = new SigV4(
                keys.accessKeyId().reveal(),
                keys.secretAccessKey().reveal(),
                session == null ? null : session.reveal(),
                region,
                "sts");
        SigV4.Request request = new SigV4.Request(
                "POST", host(), path(), "", Map.of("content-type", Form.TYPE), SigV4.sha256(body.getBytes()));
        return send(body, signature.sign(request, ticker.now()));
    }

    private static Form form(String action, Role role) {
        Form form = new Form()
                .with("Action", action)
                .with("Version", "2011-06-15")
                .with("RoleArn", role.arn())
                .with("RoleSessionName", role.sessionName());
        return role.seconds() == null ? form : form.with("DurationSeconds", role.seconds());
    }

    private Future<Lease<AwsKeys>> send(Buffer body, Map<String, String> signature) {
        Map<String, String> headers = new HashMap<>(signature);
        headers.put("content-type", Form.TYPE);
        headers.put("accept", "text/xml");
        return calls.send(SideCall.small("POST", url, headers, body, TIMEOUT))
                .recover(failure -> Replies.unanswered("STS", failure))
                .compose(reply -> worker.run(() -> read(reply)));
    }

    private static Lease<AwsKeys> read(SideReply reply) throws NoCredentials {
        if (!reply.ok()) {
            throw new NoCredentials("STS refused, " + Replies.refusal(reply.status(), StsReply.code(reply.body())));
        }
        return StsReply.lease(reply.body());
    }

    private String path() {
        return url.getRawPath().isEmpty() ? "/" : url.getRawPath();
    }

    private String host() {
        int port = url.getPort();
        boolean usual = port < 0 || port == ("https".equals(url.getScheme()) ? 443 : 80);
        return usual ? url.getHost() : url.getHost() + ":" + port;
    }
}
