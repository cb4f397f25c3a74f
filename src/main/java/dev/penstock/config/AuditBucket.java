// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import dev.penstock.config.AuditConfig.Bucket;
import java.net.URI;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * From {@code observability.audit.anchor.s3} in the file to {@link Bucket}: where it is silent about region and credentials, the variables
 * that every tool for AWS reads.
 *
 * <p>Source: "Bucket naming rules" and "Virtual hosting of buckets", Amazon S3 User Guide, November 2026.
 */
final class AuditBucket {

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]");
    /** Nothing of it changes its look on the wire, where it is signed. */
    private static final Pattern PREFIX = Pattern.compile("[A-Za-z0-9._-]{1,64}(/[A-Za-z0-9._-]{1,64}){0,8}/?");

    private final String path;
    private final Binder binder;
    private final Map<String, String> env;
    private final Problems problems;

    AuditBucket(String path, Binder binder, Map<String, String> env, Problems problems) {
        this.path = path;
        this.binder = binder;
        this.env = env;
        this.problems = problems;
    }

    /** Null where something is wrong with it, which is noted. */
    @Nullable
    Bucket of(AuditForm.S3 form) {
        int before = problems.inOrder().size();
        String name = form.bucket() == null ? "" : form.bucket();
        if (form.bucket() != null && !NAME.matcher(name).matches()) {
            unexpected("bucket", "a name of a bucket, such as acme-audit");
        }
        String prefix = form.prefix();
        if (!PREFIX.matcher(prefix).matches() || prefix.contains("..")) {
            unexpected("prefix", "letters, digits and . _ - in parts between slashes");
        }
        URI endpoint = form.endpoint();
        if (endpoint != null && (!AuditSection.isSafe(endpoint) || endpoint.getRawQuery() != null)) {
            unexpected("endpoint", "an https URL, or http on loopback, without user, query and fragment");
        }
        Region region = region(form);
        ProviderConfig.AwsKeys keys = keys(form);
        if (region == null || problems.inOrder().size() > before) {
            return null;
        }
        return new Bucket(
                name,
                region.name(),
                prefix.endsWith("/") ? prefix : prefix + "/",
                endpoint,
                keys,
                keys == null ? new AwsLoginReader(env, path, problems).login(region, form.profile()) : null);
    }

    private @Nullable Region region(AuditForm.S3 form) {
        if (form.region() != null || binder.has(path + ".region")) {
            return form.region();
        }
        Region region = Aws.region(env, path, problems);
        if (region == null && !Aws.isRegionSet(env)) {
            region = AwsLoginReader.regionOf(AwsLoginReader.profile(env, form.profile()));
            if (region == null) {
                problems.unexpected(
                        binder.keyAt(path),
                        path + ".region",
                        "missing",
                        "a region of AWS, such as eu-central-1, here or in AWS_REGION");
            }
        }
        return region;
    }

    /** Those that need no fetching; null where they are to be looked for. */
    private ProviderConfig.@Nullable AwsKeys keys(AuditForm.S3 form) {
        boolean inFile = binder.has(path + ".access_key_id")
                || binder.has(path + ".secret_access_key")
                || binder.has(path + ".session_token");
        if (form.profile() != null) {
            if (inFile) {
                unexpected("profile", "one way to sign in");
            }
            return null;
        }
        Secret id = inFile ? form.accessKeyId() : Aws.secret(env, Aws.ACCESS_KEY_ID, path, problems);
        Secret secret = inFile ? form.secretAccessKey() : Aws.secret(env, Aws.SECRET_ACCESS_KEY, path, problems);
        Secret session = inFile ? form.sessionToken() : Aws.secret(env, Aws.SESSION_TOKEN, path, problems);
        if (inFile && (id == null || secret == null)) {
            problems.unexpected(
                    binder.keyAt(path),
                    path + (id == null ? ".access_key_id" : ".secret_access_key"),
                    "missing",
                    "access_key_id and secret_access_key together");
        }
        return id == null || secret == null ? null : new ProviderConfig.AwsKeys(id, secret, session);
    }

    private void unexpected(String key, String expected) {
        String at = path + "." + key;
        problems.unexpected(binder.at(at), at, binder.shown(at), expected);
    }
}
