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
            AwsLogin.Profile profile = AwsLoginReader.profile(env, form.profile());
            region = AwsLoginReader.regionOf(profile);
            if (region != null) {
                origins.put(key, "profile " + profile.name());
            }
        }
        if (region == null && required && !Aws.isRegionSet(env)) {
            problems.unexpected(
                    binder.keyAt(path), key, "missing", "a region of AWS, such as eu-central-1, here or in AWS_REGION");
        }
        return region;
    }

    /** Whether the entry wants requests to be signed, also where it says that they go to another address. */
    boolean signs() {
        return !binder.has(path + ".base_url") || binder.has(path + ".region") || has("profile");
    }

    /** Where credentials are looked for when neither the file nor a variable holds any; null where nobody signs. */
    @Nullable
    AwsLogin login(@Nullable Region region, AwsCredentials credentials) {
        return region == null || credentials.present() || !signs()
                ? null
                : new AwsLoginReader(env, path, problems).login(region, form.profile());
    }

    /** The credentials that need no fetching. */
    AwsCredentials credentials() {
        if (isAnyInFile()) {
            return ofFile();
        }
        if (has("profile")) {
            return AwsCredentials.NONE;
        }
        AwsCredentials found = AwsCredentials.ofEnvironment(env, path, problems);
        if (found.apiKey() != null) {
            origins.put(path + ".api_key", Aws.BEARER);
        } else if (found.keys() != null) {
            origins.put(path + ".access_key_id", Aws.ACCESS_KEY_ID);
            origins.put(path + ".secret_access_key", Aws.SECRET_ACCESS_KEY);
            origins.put(path + ".session_token", Aws.SESSION_TOKEN);
        }
        return found;
    }

    private boolean isAnyInFile() {
        return Stream.of("api_key", "api_keys", "access_key_id", "secret_access_key", "session_token")
                .anyMatch(key -> binder.has(path + "." + key));
    }

    private boolean has(String key) {
        return binder.has(path + "." + key);
    }

    private AwsCredentials ofFile() {
        if (has("profile")) {
            problems.unexpected(
                    binder.keyAt(path + ".profile"), path + ".profile", "a profile beside a key", "one way to sign in");
        }
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
