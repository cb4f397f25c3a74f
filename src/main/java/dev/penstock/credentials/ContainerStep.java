// SPDX-License-Identifier: Apache-2.0
package dev.penstock.credentials;

import dev.penstock.config.AwsLogin;
import dev.penstock.config.Secret;
import dev.penstock.sidecall.SideCall;
import dev.penstock.sidecall.SideCalls;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * The agent of ECS, or of EKS with pod identities.
 *
 * <p>Source: "Container credential provider", AWS SDKs and Tools Reference Guide, November 2026.
 */
final class ContainerStep implements Step {

    static final String NAME = "container";

    private static final String WHAT = "the answer of the container's agent";
    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    private final AwsLogin.Container container;
    private final SideCalls calls;
    private final Worker worker;

    ContainerStep(AwsLogin.Container container, SideCalls calls, Worker worker) {
        this.container = container;
        this.calls = calls;
        this.worker = worker;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Future<Taken> take() {
        return headers().compose(headers -> calls.send(SideCall.get(container.url(), headers, TIMEOUT))
                .recover(failure -> Replies.unanswered("the agent", failure))
                .compose(reply -> {
                    if (!reply.ok()) {
                        return Future.failedFuture(
                                new NoCredentials("the agent refused, " + Replies.refusal(reply.status(), null)));
                    }
                    return Replies.read(() -> AwsJson.lease(reply.body(), WHAT)).map(Taken.Found::new);
                }));
    }

    private Future<Map<String, String>> headers() {
        Path file = container.tokenFile();
        if (file != null) {
            String what = "the file of AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";
            return worker.run(() -> Map.of(
                    "authorization",
                    Replies.secret(Worker.read(file, what), what, "token").reveal()));
        }
        Secret token = container.token();
        return Future.succeededFuture(token == null ? Map.of() : Map.of("authorization", token.reveal()));
    }
}
