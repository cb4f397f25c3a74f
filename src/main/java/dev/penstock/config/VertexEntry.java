// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What an entry of type gemini says about Vertex AI, and how to sign in there: as Google's Application Default Credentials do.
 *
 * <p>Source: "How Application Default Credentials works", Google Cloud documentation, November 2026.
 */
final class VertexEntry {

    private static final String KEY_FILE = "GOOGLE_APPLICATION_CREDENTIALS";
    private static final String METADATA_HOST = "GCE_METADATA_HOST";
    private static final String USER_FILE = "application_default_credentials.json";

    private final String path;
    private final FileForm.Provider form;
    private final Binder binder;
    private final Map<String, String> env;
    private final Problems problems;
    private final Map<String, String> origins;

    VertexEntry(
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

    /** Whether the entry means Vertex AI at all, and not the Gemini API. */
    boolean isMeant() {
        return Stream.of("project", "location", "credentials").anyMatch(this::has);
    }

    /** Project and location, or null when one of them is missing or wrong, which is noted. */
    ProviderConfig.@Nullable Vertex vertex() {
        if (has("api_key")) {
            problems.unexpected(
                    binder.keyAt(path + ".api_key"),
                    path + ".api_key",
                    "a key beside a project of Vertex AI",
                    "one way to sign in");
        }
        require("project", "the project of Google Cloud that is billed");
        require("location", "a location of Vertex AI, such as europe-west4 or global");
        Project project = form.project();
        Location location = form.location();
        return project == null || location == null ? null : new ProviderConfig.Vertex(project.id(), location.name());
    }

    /** Where Vertex AI's API begins in a location. */
    static URI url(ProviderConfig.Vertex vertex) {
        String prefix = vertex.location().equals("global") ? "" : vertex.location() + "-";
        return URI.create("https://" + prefix + "aiplatform.googleapis.com/v1");
    }

    GoogleLogin login() {
        Path named = form.credentials();
        if (named != null) {
            Path file = ServerSection.readable(path + ".credentials", named, binder, problems);
            return new GoogleLogin(file, "credentials", null, null);
        }
        Path variable = HomeFolder.path(env, KEY_FILE);
        if (variable != null) {
            origins.put(path + ".credentials", KEY_FILE);
            return new GoogleLogin(variable, KEY_FILE, null, null);
        }
        return new GoogleLogin(null, "", userFile(), metadata());
    }

    private @Nullable Path userFile() {
        Path folder = HomeFolder.path(env, "CLOUDSDK_CONFIG");
        Path appData = HomeFolder.path(env, "APPDATA");
        Path home = HomeFolder.of(env);
        if (folder == null && appData != null) {
            folder = appData.resolve("gcloud");
        }
        if (folder == null && home != null) {
            folder = home.resolve(".config").resolve("gcloud");
        }
        return folder == null ? null : folder.resolve(USER_FILE);
    }

    private @Nullable URI metadata() {
        if ("true".equalsIgnoreCase(env.getOrDefault("NO_GCE_CHECK", "").strip())) {
            return null;
        }
        String host = env.getOrDefault(METADATA_HOST, "").strip();
        try {
            URI url = new URI("http://" + (host.isEmpty() ? "metadata.google.internal" : host));
            boolean bare = url.getHost() != null
                    && url.getRawUserInfo() == null
                    && url.getRawPath().isEmpty();
            if (bare && url.getRawQuery() == null && url.getRawFragment() == null) {
                return url;
            }
        } catch (URISyntaxException e) {
            // Noted below, without the text.
        }
        problems.unexpected(Source.of(METADATA_HOST), path, Binder.show(host), "host or host:port");
        return null;
    }

    private void require(String key, String expected) {
        if (!has(key)) {
            problems.unexpected(binder.keyAt(path), path + "." + key, "missing", expected);
        }
    }

    private boolean has(String key) {
        return binder.has(path + "." + key);
    }
}
