// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The providers that appear by themselves: a variable that the vendor's own SDK reads brings the provider with the address
 * that the SDK would use. A variable that is set but empty brings nothing, as compose files often pass empty ones on.
 */
final class EnvironmentProviders {

    static final int POOL = 1024;
    static final int TOKENS_PER_SECOND = 50;

    /** What every model of Anthropic's allows; a larger constant would be refused by the smaller ones. */
    static final int DEFAULT_MAX_TOKENS = 4096;

    private final Map<String, String> env;
    private final Problems problems;

    EnvironmentProviders(Map<String, String> env, Problems problems) {
        this.env = env;
        this.problems = problems;
    }

    Map<String, ProviderConfig> find() {
        Map<String, ProviderConfig> found = new LinkedHashMap<>();
        for (Preset preset : Preset.ALL) {
            add(preset.name().equals("ollama") ? ollama(preset) : withKey(preset), found);
        }
        add(azure(), found);
        add(bedrock(), found);
        return found;
    }

    private static void add(@Nullable ProviderConfig provider, Map<String, ProviderConfig> found) {
        if (provider != null) {
            found.put(provider.name(), provider);
        }
    }

    /** One line for each provider of which some variable is set, and not enough of them to call it. */
    static List<String> leftOut(Map<String, String> env, Map<String, ProviderConfig> configured) {
        List<String> lines = new ArrayList<>();
        for (Preset.Pair pair : Preset.PAIRS) {
            boolean key = isSet(env, pair.keyVariable());
            if (!configured.containsKey(pair.name()) && (key || isSet(env, pair.placeVariable()))) {
                String here = key ? pair.keyVariable() : pair.placeVariable();
                String missing = key ? pair.placeVariable() : pair.keyVariable();
                // Everyone who uses AWS at all has a region.
                if (key || pair.type() != ProviderConfig.Type.BEDROCK) {
                    lines.add(here + " is set, but " + missing + " is not: the provider " + pair.name()
                            + " is left out.");
                }
            }
        }
        if (!configured.containsKey(Preset.BEDROCK.name()) && !isSet(env, Aws.BEARER)) {
            accessKeys(env).ifPresent(lines::add);
        }
        return lines;
    }

    private static Optional<String> accessKeys(Map<String, String> env) {
        String why = "";
        if (isSet(env, Aws.ACCESS_KEY_ID)) {
            String missing = isSet(env, Aws.SECRET_ACCESS_KEY) ? Aws.regionVariable(env) : Aws.SECRET_ACCESS_KEY;
            why = Aws.ACCESS_KEY_ID + " is set, but " + missing + " is not";
        } else if (isSet(env, AwsLoginReader.PROFILE)) {
            why = AwsLoginReader.PROFILE + " is set, but " + Aws.regionVariable(env)
                    + " is not, nor does the profile name a region";
        }
        return why.isEmpty() ? Optional.empty() : Optional.of(why + ": the provider bedrock is left out.");
    }

    private static boolean isSet(Map<String, String> env, String variable) {
        return !env.getOrDefault(variable, "").isBlank();
    }

    private String value(String variable) {
        return env.getOrDefault(variable, "").strip();
    }

    /** An address alone brings only OpenAI's: compatible servers without keys are common, and theirs is the client's variable. */
    private @Nullable ProviderConfig withKey(Preset preset) {
        if (preset.keyVariables().isEmpty()) {
            return null;
        }
        String keyVariable = preset.keyVariables().stream()
                .filter(variable -> isSet(env, variable))
                .findFirst()
                .orElse(preset.keyVariables().get(0));
        String key = value(keyVariable);
        String url = value(preset.urlVariable());
        if (key.isEmpty() && (url.isEmpty() || preset.type() != ProviderConfig.Type.OPENAI)) {
            return null;
        }
        String origin = key.isEmpty() ? preset.urlVariable() : keyVariable;
        String path = "providers." + preset.name();
        if (!key.isEmpty() && !Binder.isSendable(key, Source.of(keyVariable), path + ".api_key", problems)) {
            return null;
        }
        URI baseUrl = url.isEmpty() ? preset.baseUrl() : url(preset.urlVariable(), path, preset.type());
        if (baseUrl == null) {
            return null;
        }
        return provider(preset, baseUrl, key.isEmpty() ? null : Secret.of(key), origin);
    }

    private @Nullable URI url(String variable, String path, ProviderConfig.Type type) {
        String text = value(variable);
        URI url = Scalar.url(text);
        if (url == null) {
            String example = type == ProviderConfig.Type.OPENAI ? "https://host.example/v1" : "https://host.example";
            problems.unexpected(
                    Source.of(variable),
                    path + ".base_url",
                    Binder.show(text),
                    "an http or https URL, such as " + example);
            return null;
        }
        String superfluous = BaseUrls.superfluous(type, url);
        if (!superfluous.isEmpty()) {
            problems.unexpected(Source.of(variable), path + ".base_url", Binder.show(text), superfluous);
        }
        return url;
    }

    private @Nullable ProviderConfig azure() {
        String key = value(Preset.AZURE.keyVariable());
        String version = value("OPENAI_API_VERSION");
        String path = "providers." + Preset.AZURE.name();
        if (key.isEmpty() || !isSet(env, Preset.AZURE.placeVariable())) {
            return null;
        }
        boolean sendable = Binder.isSendable(key, Source.of(Preset.AZURE.keyVariable()), path + ".api_key", problems);
        URI url = url(Preset.AZURE.placeVariable(), path, ProviderConfig.Type.AZURE);
        ApiVersion parsed = ApiVersion.parse(version);
        if (parsed == null) {
            problems.unexpected(
                    Source.of("OPENAI_API_VERSION"),
                    path + ".api_version",
                    Binder.show(version),
                    "the date of an API version, such as 2024-10-21");
        }
        return !sendable || url == null || parsed == null
                ? null
                : provider(
                        Preset.AZURE.name(),
                        ProviderConfig.Type.AZURE,
                        url,
                        Secret.of(key),
                        true,
                        ProviderConfig.Extras.azure(parsed.name(), null),
                        Preset.AZURE.keyVariable());
    }

    private @Nullable ProviderConfig bedrock() {
        String path = "providers." + Preset.BEDROCK.name();
        boolean keys = isSet(env, Aws.BEARER) || (isSet(env, Aws.ACCESS_KEY_ID) && isSet(env, Aws.SECRET_ACCESS_KEY));
        String evidence = AwsLoginReader.evidence(env);
        if (!keys && evidence.isEmpty()) {
            return null;
        }
        Region region = Aws.isRegionSet(env)
                ? Aws.region(env, path, problems)
                : AwsLoginReader.regionOf(AwsLoginReader.profile(env, null));
        if (region == null) {
            return null;
        }
        AwsCredentials credentials = AwsCredentials.ofEnvironment(env, path, problems);
        CloudLogin login = credentials.present() ? null : new AwsLoginReader(env, path, problems).login(region, null);
        return keys && !credentials.present()
                ? null
                : provider(
                        Preset.BEDROCK.name(),
                        ProviderConfig.Type.BEDROCK,
                        Preset.bedrock(region),
                        credentials.apiKey(),
                        false,
                        ProviderConfig.Extras.bedrock(region, credentials.keys(), login),
                        keys ? credentials.origin() : evidence);
    }

    /** Reads OLLAMA_HOST as Ollama's own client does (envconfig.Host): scheme and port may be missing. */
    private @Nullable ProviderConfig ollama(Preset preset) {
        String variable = preset.keyVariables().get(0);
        String host = value(variable);
        if (host.isEmpty()) {
            return null;
        }
        URI url = Scalar.url(ollamaUrl(host));
        if (url == null) {
            problems.unexpected(
                    Source.of(variable),
                    "providers.ollama.base_url",
                    Binder.show(host),
                    "a host, host:port or URL, such as 127.0.0.1:11434");
            return null;
        }
        return provider(preset, url, null, variable);
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
        ProviderConfig.Extras extras =
                switch (preset.type()) {
                    case OPENAI -> ProviderConfig.Extras.openai(null, url);
                    case ANTHROPIC -> ProviderConfig.Extras.anthropic(DEFAULT_MAX_TOKENS);
                    case AZURE, GEMINI, BEDROCK, OLLAMA, COHERE, DEMO, STATIC, RULES -> ProviderConfig.Extras.NONE;
                };
        return provider(preset.name(), preset.type(), url, key, preset.usageInStream(), extras, origin);
    }

    private static ProviderConfig provider(
            String name,
            ProviderConfig.Type type,
            URI url,
            @Nullable Secret key,
            boolean usageInStream,
            ProviderConfig.Extras extras,
            String origin) {
        return new ProviderConfig(
                name,
                type,
                url,
                key,
                ProviderConfig.Http.AUTO,
                POOL,
                usageInStream,
                null,
                List.of(),
                type == ProviderConfig.Type.OPENAI ? TOKENS_PER_SECOND : 0,
                extras,
                origin);
    }
}
