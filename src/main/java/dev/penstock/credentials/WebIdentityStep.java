// SPDX-License-Identifier: Apache-2.0
package dev.penstock.credentials;

import dev.penstock.config.AwsLogin;
import io.vertx.core.Future;

/** A role for the token that the platform puts into a file, as on EKS. The file is read each time: the token is replaced. */
final class WebIdentityStep implements Step {

    static final String NAME = "web identity";

    private final AwsLogin.WebIdentity identity;
    private final Sts sts;
    private final Worker worker;

    WebIdentityStep(AwsLogin.WebIdentity identity, Sts sts, Worker worker) {
        this.identity = identity;
        this.sts = sts;
        this.worker = worker;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Future<Taken> take() {
        return worker.run(() -> Worker.read(identity.tokenFile(), "the file of AWS_WEB_IDENTITY_TOKEN_FILE"))
                .compose(token -> sts.withWebIdentity(Sts.Role.of(identity), token))
                .map(Taken.Found::new);
    }
}
