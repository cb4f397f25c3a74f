// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.audit.AnchorSigner;
import dev.penstock.config.AuditConfig;
import dev.penstock.config.AwsLogin;
import dev.penstock.config.ProviderConfig.AwsKeys;
import dev.penstock.config.Secret;
import dev.penstock.credentials.CloudCredentials;
import dev.penstock.credentials.Refreshing;
import dev.penstock.exchange.Ticker;
import dev.penstock.schema.bedrock.SigV4;
import dev.penstock.sidecall.SideCalls;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.URI;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/** Signs what the audit puts into a bucket, as requests to Bedrock are signed: Signature Version 4, with keys from where AWS's SDKs look. */
final class BucketSigning implements AnchorSigner {

    private static final Logger LOG = LogManager.getLogger(BucketSigning.class);
    private static final String SERVICE = "s3";

    private final String region;
    private final @Nullable AwsKeys fixed;
    private final @Nullable Refreshing<AwsKeys> fetched;
    private final Ticker ticker;
    private @Nullable AwsKeys signedWith;
    private @Nullable SigV4 signature;
    private boolean said;

    BucketSigning(AuditConfig.Bucket bucket, Vertx vertx, SideCalls calls, Ticker ticker) {
        this.region = bucket.region();
        this.fixed = bucket.keys();
        this.ticker = ticker;
        AwsLogin login = bucket.login();
        CloudCredentials cloud = new CloudCredentials(
                vertx, calls, ticker, RandomGenerator.of("L64X128MixRandom"), (whose, held, why) -> notFetched(why));
        this.fetched = login == null ? null : cloud.of(login);
    }

    private void notFetched(String why) {
        if (!said) {
            said = true;
            LOG.warn("audit: no credentials for the bucket: {}", why);
        }
    }

    @Override
    public Future<Map<String, String>> sign(String method, URI url, Map<String, String> headers, byte[] body) {
        SigV4.Request request = new SigV4.Request(method, host(url), url.getRawPath(), "", headers, SigV4.sha256(body));
        return keys().map(keys -> with(keys).sign(request, ticker.now()));
    }

    private Future<AwsKeys> keys() {
        if (fixed != null) {
            return Future.succeededFuture(fixed);
        }
        return fetched == null
                ? Future.failedFuture("no credentials")
                : fetched.current().onSuccess(found -> said = false);
    }

    private SigV4 with(AwsKeys keys) {
        SigV4 made = signature;
        if (made == null || !keys.equals(signedWith)) {
            Secret session = keys.sessionToken();
            made = new SigV4(
                    keys.accessKeyId().reveal(),
                    keys.secretAccessKey().reveal(),
                    session == null ? null : session.reveal(),
                    region,
                    SERVICE);
            signature = made;
            signedWith = keys;
        }
        return made;
    }

    private static String host(URI url) {
        int port = url.getPort();
        boolean usual = port < 0 || port == ("https".equals(url.getScheme()) ? 443 : 80);
        return usual ? url.getHost() : url.getHost() + ":" + port;
    }
}
