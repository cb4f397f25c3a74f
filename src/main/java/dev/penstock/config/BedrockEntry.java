// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What an entry of type bedrock says about region and credentials, and where it is silent, the variables that every tool for
 * AWS reads.
 */
final class BedrockEntry {

    private final String path;
    private final FileForm.Provider form;
    private final Binder binder;
    private final Map<String, String> env;
    private final Problems problems;
    private final Map<String, String> origins;

    BedrockEntry(
            String path,
            FileForm.Provider form,
            Binder binder,
            Map<String, String> env,
            Problems problems,
            Map<String, String> origins) {
        this.path = path;
        this.form = form;
        this.binder = binder;
        this.env = env;
        this.problems = problems;
        this.origins = origins;
    }

    /** The region, or null when nobody names one; that is noted where it is required. */
    @Nullable
    Region region(boolean required) {
        String key = path + ".region";
        if (binder.has(key)) {
            return form.region();
        }
        Region region = Aws.region(env, path, problems);
        if (region != null) {
            origins.put(key, Aws.regionVariable(env));
        } else if (required && !Aws.isRegionSet(env)) {
            problems.unexpected(
                    binder.keyAt(path), key, "missing", "a region of AWS, such as eu-central-1, here or in AWS_REGION");
        }
        return region;
    }

    /** The credentials; the lack of any is noted where they are required. */
    AwsCredentials credentials(boolean required) {
        if (isAnyInFile()) {
            return ofFile();
        }
        AwsCredentials found = AwsCredentials.ofEnvironment(env, path, problems);
        if (found.apiKey() != null) {
            origins.put(path + ".api_key", Aws.BEARER);
        } else if (found.keys() != null) {
            origins.put(path + ".access_key_id", Aws.ACCESS_KEY_ID);
            origins.put(path + ".secret_access_key", Aws.SECRET_ACCESS_KEY);
            origins.put(path + ".session_token", Aws.SESSION_TOKEN);
        } else if (required) {
            problems.unexpected(
                    binder.keyAt(path),
                    path + ".api_key",
                    "missing",
                    "a key of Bedrock or access keys, here or in " + Aws.BEARER + " or " + Aws.ACCESS_KEY_ID + " and "
                            + Aws.SECRET_ACCESS_KEY);
        }
        return found;
    }

    private boolean isAnyInFile() {
        return Stream.of("api_key", "api_keys", "access_key_id", "secret_access_key", "session_token")
                .anyMatch(key -> binder.has(path + "." + key));
    }

    private AwsCredentials ofFile() {
        boolean signs = binder.has(path + ".access_key_id")
                || binder.has(path + ".secret_access_key")
                || binder.has(path + ".session_token");
        if (!signs) {
            return new AwsCredentials(form.apiKey(), null, "");
        }
        refuseBeside("api_key", "a key beside access keys");
        refuseBeside("api_keys", "keys beside access keys");
        refuseHalf("access_key_id");
        refuseHalf("secret_access_key");
        Secret id = form.accessKeyId();
        Secret secret = form.secretAccessKey();
        return id == null || secret == null
                ? AwsCredentials.NONE
                : new AwsCredentials(null, new ProviderConfig.AwsKeys(id, secret, form.sessionToken()), "");
    }

    private void refuseBeside(String key, String what) {
        if (binder.has(path + "." + key)) {
            problems.unexpected(binder.keyAt(path + "." + key), path + "." + key, what, "one way to sign in");
        }
    }

    private void refuseHalf(String key) {
        if (!binder.has(path + "." + key)) {
            problems.unexpected(
                    binder.keyAt(path), path + "." + key, "missing", "access_key_id and secret_access_key together");
        }
    }
}
