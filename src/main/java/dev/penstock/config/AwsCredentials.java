// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How to sign in to AWS: an API key of Bedrock, or access keys, or neither.
 *
 * @param apiKey sent as bearer token, or null
 * @param keys what requests are signed with, or null
 * @param origin the variable that they came from; empty when the file holds them
 */
record AwsCredentials(@Nullable Secret apiKey, ProviderConfig.@Nullable AwsKeys keys, String origin) {

    static final AwsCredentials NONE = new AwsCredentials(null, null, "");

    boolean present() {
        return apiKey != null || keys != null;
    }

    /** Those of the environment. The API key goes first, as in AWS's own SDKs; a value that no header can carry is noted. */
    static AwsCredentials ofEnvironment(Map<String, String> env, String path, Problems problems) {
        Secret apiKey = Aws.secret(env, Aws.BEARER, path + ".api_key", problems);
        if (apiKey != null) {
            return new AwsCredentials(apiKey, null, Aws.BEARER);
        }
        Secret id = Aws.secret(env, Aws.ACCESS_KEY_ID, path + ".access_key_id", problems);
        Secret secret = Aws.secret(env, Aws.SECRET_ACCESS_KEY, path + ".secret_access_key", problems);
        Secret session = Aws.secret(env, Aws.SESSION_TOKEN, path + ".session_token", problems);
        return id == null || secret == null
                ? NONE
                : new AwsCredentials(null, new ProviderConfig.AwsKeys(id, secret, session), Aws.ACCESS_KEY_ID);
    }
}
