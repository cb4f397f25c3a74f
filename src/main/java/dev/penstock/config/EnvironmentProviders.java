// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The providers that appear by themselves: a variable that the vendor's own SDK reads brings the provider with the address
 * that the SDK would use. A variable that is set but empty brings nothing, as compose files often pass empty ones on.
 */
final class EnvironmentProviders {

    static final int POOL = 1024;
    static final int TOKENS_PER_SECOND = 50;

    private final Map<String, String> env;
    private final Problems problems;

    EnvironmentProviders(Map<String, String> env, Problems problems) {
        this.env = env;
        this.problems = problems;
    }

    Map<String, ProviderConfig> find() {
        Map<String, ProviderConfig> found = new LinkedHashMap<>();
        for (Preset preset : Preset.ALL) {
            ProviderConfig provider = preset.name().equals("ollama") ? ollama(preset) : withKey(preset);
            if (provider != null) {
                found.put(provider.name(), provider);
            }
        }
        return found;
    }

    /** One line for each provider whose variable is set and which this version cannot call. */
    static List<String> unsupported(Map<String, String> env, Map<String, ProviderConfig> configured) {
        Map<String, TreeSet<String>> variables = new TreeMap<>();
        Preset.UNSUPPORTED.forEach((variable, provider) -> {
            if (!env.getOrDefault(variable, "").isBlank() && !configured.containsKey(provider)) {
                variables.computeIfAbsent(provider, p -> new TreeSet<>()).add(variable);
            }
        });
        return variables.entrySet().stream()
                .map(e -> String.join(", ", e.getValue()) + " is set, but this version does not support the provider "
                        + e.getKey() + " yet: it is left out.")
                .toList();
    }

    private @Nullable ProviderConfig withKey(Preset preset) {
        String key = env.getOrDefault(preset.keyVariable(), "").strip();
        String urlVariable = preset.name().equals("openai") ? "OPENAI_BASE_URL" : "";
        String url = env.getOrDefault(urlVariable, "").strip();
        if (key.isEmpty() && url.isEmpty()) {
            return null;
        }
        String origin = key.isEmpty() ? urlVariable : preset.keyVariable();
        String path = "providers." + preset.name();
        if (!key.isEmpty() && !Binder.isSendable(key, Source.of(preset.keyVariable()), path + ".api_key", problems)) {
            return null;
        }
        URI baseUrl = url.isEmpty() ? preset.baseUrl() : Scalar.url(url);
        if (baseUrl == null) {
            problems.unexpected(
                    Source.of(urlVariable),
                    path + ".base_url",
                    Binder.show(url),
                    "an http or https URL, such as https://host.example/v1");
            return null;
        }
        return provider(preset, baseUrl, key.isEmpty() ? null : Secret.of(key), origin);
    }

    /** Reads OLLAMA_HOST as Ollama's own client does (envconfig.Host): scheme and port may be missing. */
    private @Nullable ProviderConfig ollama(Preset preset) {
        String host = env.getOrDefault(preset.keyVariable(), "").strip();
        if (host.isEmpty()) {
            return null;
        }
        URI url = Scalar.url(ollamaUrl(host));
        if (url == null) {
            problems.unexpected(
                    Source.of(preset.keyVariable()),
                    "providers.ollama.base_url",
                    Binder.show(host),
                    "a host, host:port or URL, such as 127.0.0.1:11434");
            return null;
        }
        return provider(preset, url, null, preset.keyVariable());
    }

    private static String ollamaUrl(String text) {
        int scheme = text.indexOf("://");
        String protocol = scheme < 0 ? "http" : text.substring(0, scheme);
        String rest = scheme < 0 ? text : text.substring(scheme + 3);
        int slash = rest.indexOf('/');
        String authority = slash < 0 ? rest : rest.substring(0, slash);
        String path = slash < 0 ? "" : stripSlashes(rest.substring(slash));
        int colon = authority.lastIndexOf(':');
        boolean bracketed = authority.startsWith("[");
        boolean hasPort = colon > authority.lastIndexOf(']') && (bracketed || authority.indexOf(':') == colon);
        String host = hasPort ? authority.substring(0, colon) : authority;
        String defaultPort = scheme < 0 ? "11434" : protocol.equals("https") ? "443" : "80";
        String port = hasPort && colon + 1 < authority.length() ? authority.substring(colon + 1) : defaultPort;
        return protocol + "://" + reachable(host) + ":" + port + path + (path.endsWith("/v1") ? "" : "/v1");
    }

    private static String stripSlashes(String path) {
        String stripped = path;
        while (stripped.endsWith("/")) {
            stripped = stripped.substring(0, stripped.length() - 1);
        }
        return stripped;
    }

    /** The variable also tells Ollama's server where to listen; nobody can connect to "all addresses". */
    private static String reachable(String host) {
        return switch (host) {
            case "", "0.0.0.0" -> "127.0.0.1";
            case "::", "[::]" -> "[::1]";
            default -> host.indexOf(':') >= 0 && !host.startsWith("[") ? "[" + host + "]" : host;
        };
    }

    private static ProviderConfig provider(Preset preset, URI url, @Nullable Secret key, String origin) {
        return new ProviderConfig(
                preset.name(),
                ProviderConfig.Type.OPENAI,
                url,
                key,
                ProviderConfig.Http.AUTO,
                POOL,
                preset.usageInStream(),
                null,
                List.of(),
                TOKENS_PER_SECOND,
                origin);
    }
}
