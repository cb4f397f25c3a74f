// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.config.LoadResult;
import dev.penstock.config.ProviderConfig;
import dev.penstock.config.Secret;
import dev.penstock.config.ServerConfig;
import dev.penstock.config.Setting;
import dev.penstock.config.Snapshot;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a person needs after the start and nothing else: where, what, from where, whether a key is needed, and one command
 * that works with exactly this configuration.
 *
 * @param loaded the configuration
 * @param api where the API really listens
 * @param admin where the admin listener really listens
 * @param generated the key that was made for this run, or null
 * @param keyNotGenerated whether one was asked for although the configuration has its own
 */
record Banner(
        LoadResult.Loaded loaded,
        InetSocketAddress api,
        InetSocketAddress admin,
        @Nullable Secret generated,
        boolean keyNotGenerated) {

    private static final int FEW = 5;

    String text() {
        StringBuilder out =
                new StringBuilder("Penstock ").append(Version.number()).append(" is ready.\n\n");
        line(out, "API", apiUrl() + "/v1");
        line(out, "Admin", adminUrl());
        line(out, "Providers", few(providers(), FEW + 5));
        line(out, "Models", few(models(), FEW));
        line(out, "Key", keyLine());
        if (generated != null) {
            line(out, "", "export PENSTOCK_API_KEY=" + generated.reveal() + "   (shown this once)");
        }
        notices().forEach(notice -> line(out, "Note", notice));
        return out.append("\nTry it:\n\n  ").append(curl()).append('\n').toString();
    }

    Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("api", apiUrl() + "/v1");
        map.put("admin", adminUrl());
        Map<String, String> origins = new LinkedHashMap<>();
        snapshot().providers().forEach((name, provider) -> origins.put(name, provider.origin()));
        map.put("providers", origins);
        map.put("models", models());
        map.put("key_required", server().needsKey());
        if (generated != null) {
            map.put("generated_key", generated.reveal());
        }
        map.put("notices", notices());
        map.put("curl", curl());
        return map;
    }

    private static void line(StringBuilder out, String name, String value) {
        out.append(String.format("  %-10s %s%n", name, value));
    }

    private Snapshot snapshot() {
        return loaded.snapshot();
    }

    private ServerConfig server() {
        return snapshot().server();
    }

    private String apiUrl() {
        return (server().tls() == null ? "http://" : "https://") + authority(api, server().api());
    }

    private String adminUrl() {
        return "http://" + authority(admin, server().admin());
    }

    /** The configured name with the real port; "all addresses" is no address that one can call. */
    static String authority(InetSocketAddress real, InetSocketAddress configured) {
        String host = configured.getHostString();
        String reachable =
                switch (host) {
                    case "0.0.0.0" -> "127.0.0.1";
                    case "::" -> "::1";
                    default -> host;
                };
        return (reachable.indexOf(':') >= 0 ? "[" + reachable + "]" : reachable) + ":" + real.getPort();
    }

    private List<String> providers() {
        return snapshot().providers().values().stream()
                .map(provider -> provider.name() + " (" + provider.origin() + ")")
                .toList();
    }

    /** Aliases first, then what each provider serves. */
    private List<String> models() {
        List<String> models = new ArrayList<>(snapshot().models().keySet());
        models.remove("*");
        for (ProviderConfig provider : snapshot().providers().values()) {
            if (provider.models().isEmpty()) {
                models.add(provider.name() + "/<model>");
            } else {
                provider.models().forEach(model -> models.add(provider.name() + "/" + model));
            }
        }
        return models;
    }

    private static String few(List<String> all, int limit) {
        String shown = String.join(", ", all.subList(0, Math.min(limit, all.size())));
        return all.size() <= limit ? shown : shown + " and " + (all.size() - limit) + " more";
    }

    private String keyLine() {
        if (!server().needsKey() && !snapshot().access().auth().isKeysOnly()) {
            return "none: callers show a token, or the session of the application";
        }
        if (!server().needsKey()) {
            return "none needed: everyone who reaches the API may call";
        }
        Setting key = loaded.callerKey();
        if (server().apiKey() == null && key != null) {
            return "required as bearer token, one of a tenant's, such as that of " + key.origin()
                    + (key.variable() == null ? "" : " in " + key.variable());
        }
        return "required as bearer token, from " + loaded.originOf("server.api_key");
    }

    /** Where a shell finds the key; one that is written in the file itself has to be put there first. */
    private String keyVariable() {
        Setting key = loaded.callerKey();
        String variable = key == null ? null : key.variable();
        return variable == null ? "PENSTOCK_API_KEY" : variable;
    }

    private List<String> notices() {
        List<String> notices = new ArrayList<>(loaded.notices());
        if (keyNotGenerated) {
            notices.add("--generate-key made no key, because " + loaded.originOf("server.api_key") + " has one.");
        }
        return notices;
    }

    private String curl() {
        Map<String, Object> message = new LinkedHashMap<>();
        message.put("role", "user");
        message.put("content", "Hello");
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("model", snapshot().exampleModel());
        body.put("stream", true);
        body.put("messages", List.of(message));
        // -k: on this machine the name of a certificate for elsewhere cannot match.
        return "curl -N" + (server().tls() == null ? "" : " -k") + " " + apiUrl() + "/v1/chat/completions"
                + " -H 'content-type: application/json'"
                + (!server().needsKey() ? "" : " -H \"authorization: Bearer $" + keyVariable() + "\"")
                + " -d " + quoted(Cli.compactJson(body));
    }

    /** For a POSIX shell. */
    private static String quoted(String text) {
        return "'" + text.replace("'", "'\\''") + "'";
    }
}
