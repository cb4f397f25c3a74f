// SPDX-License-Identifier: Apache-2.0
package dev.penstock.credentials;

import dev.penstock.config.AwsLogin;
import dev.penstock.config.AwsProfiles;
import dev.penstock.config.ProviderConfig.AwsKeys;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A profile of the shared files: a role that another profile or a token may assume, or keys that stand there. Both files are read
 * each time. What needs a browser or a program of its own is named in the failure.
 *
 * <p>Source: "Assume role credential provider" and "Shared config and credentials files", AWS SDKs and Tools Reference Guide,
 * November 2026.
 */
final class ProfileStep implements Step {

    private static final String ROLE = "role_arn";
    private static final String SOURCE = "source_profile";
    private static final String TOKEN_FILE = "web_identity_token_file";
    private static final String KEY_ID = "aws_access_key_id";

    private final AwsLogin.Profile profile;
    private final Sts sts;
    private final Worker worker;

    ProfileStep(AwsLogin.Profile profile, Sts sts, Worker worker) {
        this.profile = profile;
        this.sts = sts;
        this.worker = worker;
    }

    @Override
    public String name() {
        return "profile " + profile.name();
    }

    @Override
    public Future<Taken> take() {
        return worker.run(this::read).compose(files -> {
            Map<String, String> settings = files.profile(profile.name());
            if (settings == null || isEmpty(settings)) {
                return nothing(settings == null ? "no shared file has it" : "it holds no credentials");
            }
            return keys(files, profile.name(), new HashSet<>()).map(Taken.Found::new);
        });
    }

    private AwsProfiles read() throws NoCredentials {
        try {
            return AwsProfiles.read(profile);
        } catch (IOException e) {
            throw new NoCredentials("a shared file cannot be read");
        }
    }

    /** Somebody who names a profile wants that one and not what the next step has. */
    private Future<Taken> nothing(String why) {
        return profile.named()
                ? Future.failedFuture(new NoCredentials(why))
                : Future.succeededFuture(new Taken.Nothing(why));
    }

    /** A section with nothing but, say, a region. */
    private static boolean isEmpty(Map<String, String> settings) {
        return !settings.containsKey(ROLE) && !settings.containsKey(KEY_ID) && unsupported(settings) == null;
    }

    private Future<Lease<AwsKeys>> keys(AwsProfiles files, String name, Set<String> seen) {
        Map<String, String> settings = files.profile(name);
        if (settings == null) {
            return refused("the " + SOURCE + " " + name + " is in no shared file");
        }
        if (!seen.add(name)) {
            return refused("the " + SOURCE + "s go round in a circle");
        }
        if (settings.containsKey(ROLE)) {
            return role(files, name, settings, seen);
        }
        String unsupported = unsupported(settings);
        if (unsupported != null && !settings.containsKey(KEY_ID)) {
            return refused(unsupported + " is not supported; keys, " + ROLE + " with " + SOURCE + " and " + TOKEN_FILE
                    + " are");
        }
        return lasting(settings, name);
    }

    private Future<Lease<AwsKeys>> role(
            AwsProfiles files, String name, Map<String, String> settings, Set<String> seen) {
        Sts.Role role = new Sts.Role(
                settings.getOrDefault(ROLE, ""),
                settings.getOrDefault("role_session_name", AwsLogin.WebIdentity.SESSION_NAME),
                settings.get("external_id"),
                settings.get("duration_seconds"));
        String tokenFile = settings.get(TOKEN_FILE);
        if (tokenFile != null) {
            return worker.run(() -> Worker.read(path(tokenFile), "the " + TOKEN_FILE + " of profile " + name))
                    .compose(token -> sts.withWebIdentity(role, token));
        }
        if (settings.containsKey("mfa_serial")) {
            return refused("mfa_serial is not supported, there is nobody to ask for a code");
        }
        String source = settings.get(SOURCE);
        if (source == null) {
            return refused(ROLE + " needs " + SOURCE + " or " + TOKEN_FILE + "; credential_source is not supported");
        }
        // A profile may name itself: then its own keys assume its role.
        Future<Lease<AwsKeys>> keys = source.equals(name) ? lasting(settings, name) : keys(files, source, seen);
        return keys.compose(found -> sts.with(found.value(), role));
    }

    private static Future<Lease<AwsKeys>> lasting(Map<String, String> settings, String name) {
        try {
            AwsKeys keys = Replies.keys(
                    settings.get(KEY_ID),
                    settings.get("aws_secret_access_key"),
                    settings.get("aws_session_token"),
                    "profile " + name);
            return Future.succeededFuture(new Lease<>(keys, null));
        } catch (NoCredentials e) {
            return Future.failedFuture(e);
        }
    }

    /** Ways to sign in that the SDKs have and this does not, or null. */
    private static @Nullable String unsupported(Map<String, String> settings) {
        for (String key : new String[] {"sso_session", "sso_start_url", "sso_account_id", "login_session"}) {
            if (settings.containsKey(key)) {
                return key;
            }
        }
        return settings.containsKey("credential_process") ? "credential_process" : null;
    }

    private static Path path(String text) throws NoCredentials {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new NoCredentials("the " + TOKEN_FILE + " is no path");
        }
    }

    private static Future<Lease<AwsKeys>> refused(String why) {
        return Future.failedFuture(new NoCredentials(why));
    }
}
