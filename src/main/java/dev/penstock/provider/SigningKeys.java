// SPDX-License-Identifier: Apache-2.0
package dev.penstock.provider;

import dev.penstock.config.ProviderConfig.AwsKeys;
import dev.penstock.config.Secret;
import dev.penstock.schema.bedrock.SigV4;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.core.MultiMap;
import java.util.Locale;
import java.util.Map;

/** Access keys of AWS: the secret one stays here, and each request carries a signature of itself that is good for minutes. */
final class SigningKeys implements RequestSigner {

    private static final String SERVICE = "bedrock";

    private final SigV4 signature;

    SigningKeys(AwsKeys keys, String region) {
        Secret session = keys.sessionToken();
        this.signature = new SigV4(
                keys.accessKeyId().reveal(),
                keys.secretAccessKey().reveal(),
                session == null ? null : session.reveal(),
                region,
                SERVICE);
    }

    /** The signature names a hash of the body, so a body in pieces is put together for it. */
    @Override
    public void sign(MultiMap headers, Outgoing request) {
        String type = headers.get(HttpHeaderNames.CONTENT_TYPE);
        SigV4.Request signed = new SigV4.Request(
                request.method(),
                request.host(),
                request.path(),
                request.query(),
                type == null ? Map.of() : Map.of("content-type", type),
                SigV4.sha256(request.wholeBody()));
        signature
                .sign(signed, request.now())
                .forEach((name, value) -> headers.set(name.toLowerCase(Locale.ROOT), value));
    }
}
