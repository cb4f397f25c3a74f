// SPDX-License-Identifier: Apache-2.0
package dev.penstock.credentials;

import dev.penstock.sidecall.SideCall;
import dev.penstock.sidecall.SideCalls;
import dev.penstock.sidecall.SideReply;
import io.vertx.core.Future;
import java.net.URI;
import java.time.Duration;
import java.util.Map;

/**
 * The metadata service of an EC2 machine, version 2 only: a request of version 1 needs no token and can be provoked from
 * outside, so there is no way back to it. The last step: where nobody answers, there is nothing.
 *
 * <p>Source: "Use the Instance Metadata Service to access instance metadata", Amazon EC2 User Guide, November 2026.
 */
final class InstanceStep implements Step {

    static final String NAME = "instance metadata";

    private static final String WHAT = "the answer of the metadata service";
    private static final String ROLES = "/latest/meta-data/iam/security-credentials/";
    private static final Duration TIMEOUT = Duration.ofSeconds(1);

    private final URI service;
    private final SideCalls calls;

    InstanceStep(URI service, SideCalls calls) {
        this.service = service;
        this.calls = calls;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Future<Taken> take() {
        return token().compose(token -> {
                    Map<String, String> headers = Map.of("x-aws-ec2-metadata-token", token);
                    return get(ROLES, headers)
                            .compose(roles -> role(roles.text()))
                            .compose(role -> get(ROLES + role, headers))
                            .compose(reply -> Replies.read(() -> AwsJson.lease(reply.body(), WHAT)));
                })
                .map(Taken.Found::new);
    }

    private Future<String> token() {
        Map<String, String> lifetime = Map.of("x-aws-ec2-metadata-token-ttl-seconds", "21600");
        return send(SideCall.small("PUT", url("/latest/api/token"), lifetime, null, TIMEOUT))
                .compose(reply -> Replies.read(() ->
                        Replies.secret(reply.text().strip(), WHAT, "token").reveal()));
    }

    private Future<SideReply> get(String path, Map<String, String> headers) {
        return send(SideCall.get(url(path), headers, TIMEOUT));
    }

    private Future<SideReply> send(SideCall call) {
        return calls.send(call)
                .recover(failure -> Replies.unanswered("the service", failure))
                .compose(reply -> {
                    if (reply.ok()) {
                        return Future.succeededFuture(reply);
                    }
                    // It says "not found" where the machine has no role.
                    return Future.failedFuture(
                            new NoCredentials("the service refused, " + Replies.refusal(reply.status(), null)));
                });
    }

    /** The first line. It becomes a part of a path, so it must be a name as IAM allows them. */
    private static Future<String> role(String roles) {
        String first = roles.lines().findFirst().orElse("").strip();
        boolean plain = !first.isEmpty()
                && first.length() <= 128
                && !first.startsWith(".")
                && first.chars().allMatch(c -> c < 128 && (Character.isLetterOrDigit(c) || "+=,.@_-".indexOf(c) >= 0));
        return plain
                ? Future.succeededFuture(first)
                : Future.failedFuture(new NoCredentials("the service named no role"));
    }

    private URI url(String path) {
        return URI.create(service + path);
    }
}
