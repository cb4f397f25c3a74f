// SPDX-License-Identifier: Apache-2.0
package dev.penstock.provider;

import dev.penstock.config.AwsLogin;
import dev.penstock.config.GoogleLogin;
import dev.penstock.config.ProviderConfig;
import dev.penstock.credentials.CloudCredentials;
import dev.penstock.credentials.GoogleToken;
import dev.penstock.credentials.Refreshing;
import io.vertx.core.Future;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Credentials that are fetched and replaced: a signer for what is held, made once for each that comes. */
final class FetchedCredentials<T> implements Credentials {

    private final Refreshing<T> source;
    private final Function<T, RequestSigner> signing;
    private @Nullable T signed;
    private @Nullable Future<RequestSigner> signer;

    private FetchedCredentials(Refreshing<T> source, Function<T, RequestSigner> signing) {
        this.source = source;
        this.signing = signing;
    }

    /** Those of the provider's login, or null when it has none. */
    static @Nullable Credentials of(ProviderConfig config, CloudCredentials cloud) {
        return switch (config.extras().login()) {
            case null -> null;
            case AwsLogin aws -> {
                String region = config.extras().region();
                yield new FetchedCredentials<>(cloud.of(aws), keys -> new SigningKeys(keys, region));
            }
            case GoogleLogin google -> new FetchedCredentials<>(cloud.of(google), FetchedCredentials::bearer);
        };
    }

    private static RequestSigner bearer(GoogleToken token) {
        RequestSigner bearer = KeyHeader.bearer(token.access());
        String project = token.quotaProject();
        if (project == null) {
            return bearer;
        }
        return (headers, request) -> {
            bearer.sign(headers, request);
            headers.set("x-goog-user-project", project);
        };
    }

    @Override
    public Future<RequestSigner> next() {
        Future<T> current = source.current();
        return current.succeeded() ? signer(current.result()) : current.compose(this::signer);
    }

    private Future<RequestSigner> signer(T value) {
        Future<RequestSigner> known = signer;
        if (known == null || signed != value) {
            known = Future.succeededFuture(signing.apply(value));
            signed = value;
            signer = known;
        }
        return known;
    }
}
