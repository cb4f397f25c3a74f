// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The variables that every tool for AWS reads. */
final class Aws {

    static final String BEARER = "AWS_BEARER_TOKEN_BEDROCK";
    static final String ACCESS_KEY_ID = "AWS_ACCESS_KEY_ID";
    static final String SECRET_ACCESS_KEY = "AWS_SECRET_ACCESS_KEY";
    static final String SESSION_TOKEN = "AWS_SESSION_TOKEN";

    private static final String REGION = "AWS_REGION";
    private static final String DEFAULT_REGION = "AWS_DEFAULT_REGION";

    private Aws() {}

    /** Which of the two variables tells the region. */
    static String regionVariable(Map<String, String> env) {
        boolean first =
                !value(env, REGION).isEmpty() || value(env, DEFAULT_REGION).isEmpty();
        return first ? REGION : DEFAULT_REGION;
    }

    static boolean isRegionSet(Map<String, String> env) {
        return !value(env, regionVariable(env)).isEmpty();
    }

    /** The region of the environment, or null when there is none or a wrong one, which is noted. */
    static @Nullable Region region(Map<String, String> env, String path, Problems problems) {
        String variable = regionVariable(env);
        String text = value(env, variable);
        Region region = text.isEmpty() ? null : Region.parse(text);
        if (region == null && !text.isEmpty()) {
            problems.unexpected(
                    Source.of(variable), path + ".region", Binder.show(text), "a region of AWS, such as eu-central-1");
        }
        return region;
    }

    /** A secret of the environment, or null when there is none or one that no header can carry, which is noted. */
    static @Nullable Secret secret(Map<String, String> env, String variable, String path, Problems problems) {
        String text = value(env, variable);
        return !text.isEmpty() && Binder.isSendable(text, Source.of(variable), path, problems) ? Secret.of(text) : null;
    }

    private static String value(Map<String, String> env, String variable) {
        return env.getOrDefault(variable, "").strip();
    }
}
