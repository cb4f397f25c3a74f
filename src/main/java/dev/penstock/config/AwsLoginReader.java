// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the variables that tell AWS's SDKs where to look for credentials. Wrong ones are noted.
 *
 * <p>Source: "Settings reference" with its pages on the shared files, assuming a role, the container provider and IMDS, AWS SDKs
 * and Tools Reference Guide, November 2026.
 */
final class AwsLoginReader {

    static final String PROFILE = "AWS_PROFILE";
    static final String TOKEN_FILE = "AWS_WEB_IDENTITY_TOKEN_FILE";
    static final String ROLE_ARN = "AWS_ROLE_ARN";
    static final String RELATIVE_URI = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
    static final String FULL_URI = "AWS_CONTAINER_CREDENTIALS_FULL_URI";

    private static final String STS = "AWS_ENDPOINT_URL_STS";
    private static final String SESSION_NAME = "AWS_ROLE_SESSION_NAME";
    private static final String CONTAINER_TOKEN = "AWS_CONTAINER_AUTHORIZATION_TOKEN";
    private static final String CONTAINER_TOKEN_FILE = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";
    private static final String METADATA = "AWS_EC2_METADATA_SERVICE_ENDPOINT";
    private static final String METADATA_DISABLED = "AWS_EC2_METADATA_DISABLED";

    private static final String ECS_AGENT = "169.254.170.2";
    /** Besides https and this machine, an agent answers only at ECS's address and at EKS's two. */
    private static final Set<String> AGENTS = Set.of(ECS_AGENT, "169.254.170.23", "[fd00:ec2::23]");

    private static final Set<String> THIS_MACHINE = Set.of("localhost", "127.0.0.1", "[::1]");

    private final Map<String, String> env;
    private final String path;
    private final Problems problems;

    AwsLoginReader(Map<String, String> env, String path, Problems problems) {
        this.env = env;
        this.path = path;
        this.problems = problems;
    }

    /** The variable that alone shows that this process is meant to have credentials, or empty. */
    static String evidence(Map<String, String> env) {
        if (isSet(env, TOKEN_FILE) && isSet(env, ROLE_ARN)) {
            return TOKEN_FILE;
        }
        for (String variable : new String[] {PROFILE, RELATIVE_URI, FULL_URI}) {
            if (isSet(env, variable)) {
                return variable;
            }
        }
        return "";
    }

    /**
     * All steps, or just one.
     *
     * @param only the profile that is the only step, or null
     */
    AwsLogin login(Region region, @Nullable String only) {
        URI named = isSet(env, STS) ? url(STS, value(STS)) : null;
        URI sts = named != null ? named : URI.create("https://sts." + region + ".amazonaws.com");
        AwsLogin.Profile profile = profile(env, only);
        if (only != null) {
            return new AwsLogin(region.name(), sts, profile, null, null, null);
        }
        return new AwsLogin(region.name(), sts, profile, webIdentity(), container(), metadata());
    }

    static AwsLogin.Profile profile(Map<String, String> env, @Nullable String only) {
        Path home = HomeFolder.of(env);
        Path folder = home == null ? null : home.resolve(".aws");
        String variable = env.getOrDefault(PROFILE, "").strip();
        String otherwise = variable.isEmpty() ? AwsLogin.DEFAULT_PROFILE : variable;
        return new AwsLogin.Profile(
                only != null ? only : otherwise,
                only != null || !variable.isEmpty(),
                only != null,
                HomeFolder.file(env, "AWS_CONFIG_FILE", folder, "config"),
                HomeFolder.file(env, "AWS_SHARED_CREDENTIALS_FILE", folder, "credentials"));
    }

    /** The region that a profile names, or null. Reads the shared files. */
    static @Nullable Region regionOf(AwsLogin.Profile profile) {
        try {
            Map<String, String> settings = AwsProfiles.read(profile).profile(profile.name());
            return settings == null ? null : Region.parse(settings.getOrDefault("region", ""));
        } catch (IOException e) {
            return null;
        }
    }

    private AwsLogin.@Nullable WebIdentity webIdentity() {
        Path file = HomeFolder.path(env, TOKEN_FILE);
        String name = value(SESSION_NAME);
        return file == null || !isSet(env, ROLE_ARN)
                ? null
                : new AwsLogin.WebIdentity(
                        file, value(ROLE_ARN), name.isEmpty() ? AwsLogin.WebIdentity.SESSION_NAME : name);
    }

    private AwsLogin.@Nullable Container container() {
        URI url = null;
        if (isSet(env, RELATIVE_URI)) {
            url = url(RELATIVE_URI, "http://" + ECS_AGENT + value(RELATIVE_URI));
            if (url != null && !ECS_AGENT.equals(url.getHost())) {
                unexpected(RELATIVE_URI, "a path, such as /v2/credentials");
            }
        } else if (isSet(env, FULL_URI)) {
            url = url(FULL_URI, value(FULL_URI));
            if (url != null && !isAgent(url)) {
                unexpected(FULL_URI, "https, this machine or the address of an agent of ECS or EKS");
            }
        }
        if (url == null) {
            return null;
        }
        Secret token = Aws.secret(env, CONTAINER_TOKEN, path, problems);
        return new AwsLogin.Container(url, token, HomeFolder.path(env, CONTAINER_TOKEN_FILE));
    }

    private static boolean isAgent(URI url) {
        return "https".equals(url.getScheme())
                || THIS_MACHINE.contains(url.getHost())
                || AGENTS.contains(url.getHost());
    }

    private @Nullable URI metadata() {
        if ("true".equalsIgnoreCase(value(METADATA_DISABLED))) {
            return null;
        }
        return isSet(env, METADATA) ? url(METADATA, value(METADATA)) : URI.create("http://169.254.169.254");
    }

    /** Absolute, without user information; a query may be part of it. */
    private @Nullable URI url(String variable, String text) {
        try {
            URI url = new URI(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
            boolean web = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
            if (web && url.getHost() != null && url.getRawUserInfo() == null && url.getRawFragment() == null) {
                return url;
            }
        } catch (URISyntaxException e) {
            // Noted below, without the text.
        }
        unexpected(variable, "an http or https URL");
        return null;
    }

    private void unexpected(String variable, String expected) {
        problems.unexpected(Source.of(variable), path, Binder.show(value(variable)), expected);
    }

    private static boolean isSet(Map<String, String> env, String variable) {
        return !env.getOrDefault(variable, "").isBlank();
    }

    private String value(String variable) {
        return env.getOrDefault(variable, "").strip();
    }
}
