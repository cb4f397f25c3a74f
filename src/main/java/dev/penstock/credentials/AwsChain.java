// SPDX-License-Identifier: Apache-2.0
package dev.penstock.credentials;

import dev.penstock.config.AwsLogin;
import dev.penstock.config.ProviderConfig.AwsKeys;
import dev.penstock.exchange.Ticker;
import dev.penstock.sidecall.SideCalls;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;

/**
 * The places in AWS's order: web identity, shared files, container, the machine's metadata service. The first that has something
 * counts. One that is set up and fails ends the chain, other than in some SDKs: going on would sign a workload in as the machine
 * it runs on, with other rights, because a token was late.
 *
 * <p>Source: "Standardized credential providers", AWS SDKs and Tools Reference Guide, November 2026.
 */
final class AwsChain implements Source<AwsKeys> {

    private final List<Step> steps;

    private AwsChain(List<Step> steps) {
        this.steps = List.copyOf(steps);
    }

    static AwsChain of(AwsLogin login, SideCalls calls, Worker worker, Ticker ticker) {
        Sts sts = new Sts(login.sts(), login.region(), calls, worker, ticker);
        Step profile = new ProfileStep(login.profile(), sts, worker);
        if (login.profile().only()) {
            return new AwsChain(List.of(profile));
        }
        AwsLogin.WebIdentity identity = login.webIdentity();
        AwsLogin.Container container = login.container();
        return new AwsChain(List.of(
                Step.absent("environment", "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not both set"),
                identity == null
                        ? Step.absent(
                                WebIdentityStep.NAME, "AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN are not both set")
                        : new WebIdentityStep(identity, sts, worker),
                profile,
                container == null
                        ? Step.absent(
                                ContainerStep.NAME,
                                "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and AWS_CONTAINER_CREDENTIALS_FULL_URI are not set")
                        : new ContainerStep(container, calls, worker),
                login.metadata() == null
                        ? Step.absent(InstanceStep.NAME, "AWS_EC2_METADATA_DISABLED is set")
                        : new InstanceStep(login.metadata(), calls)));
    }

    @Override
    public Future<Lease<AwsKeys>> fetch() {
        return from(0, new ArrayList<>());
    }

    private Future<Lease<AwsKeys>> from(int number, List<String> tried) {
        if (number == steps.size()) {
            return Future.failedFuture(new NoCredentials(String.join("; ", tried)));
        }
        Step step = steps.get(number);
        return step.take().transform(result -> {
            if (result.failed()) {
                return failed(step, result.cause(), tried);
            }
            return switch (result.result()) {
                case Taken.Found found -> Future.succeededFuture(found.lease());
                case Taken.Nothing nothing -> {
                    tried.add(step.name() + ": " + nothing.why());
                    yield from(number + 1, tried);
                }
            };
        });
    }

    private static Future<Lease<AwsKeys>> failed(Step step, Throwable cause, List<String> tried) {
        if (!(cause instanceof NoCredentials)) {
            return Future.failedFuture(cause);
        }
        tried.add(step.name() + ": " + cause.getMessage());
        return Future.failedFuture(new NoCredentials(String.join("; ", tried)));
    }
}
