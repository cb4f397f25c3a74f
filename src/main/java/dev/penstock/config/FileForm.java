// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import dev.penstock.exchange.StreamPolicy;
import dev.penstock.exchange.UnsupportedParams;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The shape of the file: one record per section, in the order of a request's path, with meaning, default and range beside
 * each key. The loader binds to it, {@code penstock schema} and the reference in the documentation are generated from it.
 * What stays null here has no fixed default; {@link Assembler} decides.
 */
record FileForm(
        @Key(value = "Version of this file's format.", def = "1", min = "1", max = "1")
        int version,

        @Key("Listeners and limits of the edge.") Server server,

        @Key("The upstreams, by the name that stands before the slash in provider/model.")
        Map<String, Provider> providers,

        @Key("The names that clients send as \"model\". The name \"*\" holds what all others inherit.")
        Map<String, Model> models,

        @Key(value = "Fixed answers, called as static/<name>.", name = "static")
        Map<String, Answer> statics,

        @Key("Images by address: what Penstock fetches for providers that take only bytes.")
        Fetch fetch) {

    /** The section {@code server}. */
    record Server(
            @Key(value = "Port of the API; 0 lets the system choose.", def = "8080", min = "0", max = "65535")
            int port,

            @Key(
                    value = "Address of the API. Anything but loopback needs a key, see Secure by default.",
                    def = "127.0.0.1")
            Host host,

            @Key(
                    value = "Address of health, metrics and the admin API. Anything but loopback needs admin_token.",
                    def = "127.0.0.1:9090")
            HostPort admin,

            @Key(value = "Bearer token of the admin API.", unset = "`PENSTOCK_ADMIN_TOKEN`, else none") @Nullable
            Secret adminToken,

            @Key(value = "The key that callers must send as bearer token.", unset = "`PENSTOCK_API_KEY`, else none")
            @Nullable
            Secret apiKey,

            @Key(value = "Certificate of the API listener.", unset = "cleartext") @Nullable
            Tls tls,

            @Key(value = "Largest request body.", def = "32MiB", min = "1KiB", max = "1GiB")
            ByteSize maxBody,

            @Key(value = "Largest header block of a request.", def = "32KiB", min = "1KiB", max = "1MiB")
            ByteSize maxHeaders,

            @Key(
                    value = "Time for the head of a request, from the connection's first byte.",
                    def = "10s",
                    min = "1ms",
                    max = "1h")
            Duration headTimeout,

            @Key(value = "Time for the body of a request.", def = "60s", min = "1ms", max = "1h")
            Duration bodyTimeout,

            @Key(
                    value = "Bytes per second that a body must keep on average after its first two seconds.",
                    def = "1KiB",
                    min = "0B",
                    max = "1GiB")
            ByteSize minBodyRate,

            @Key(
                    value = "On SIGTERM: time between \"not ready\" and the end of accepting.",
                    def = "5s",
                    min = "0s",
                    max = "1h")
            Duration drainDelay,

            @Key(value = "On SIGTERM: time that live streams get to finish.", def = "120s", min = "0s", max = "24h")
            Duration drain,

            @Key(value = "Origins that browsers may call from.", unset = "none")
            List<CorsOrigin> cors,

            @Key(value = "Event loops; 0 means one per core.", def = "0", min = "0", max = "1024")
            int loops,

            @Key(
                    value = "Serve everyone on a reachable address without a key. Think twice: calls cost money.",
                    def = "false")
            boolean open) {}

    /** The section {@code server.tls}. */
    record Tls(
            @Key(value = "PEM file with the certificate chain.", required = true) @Nullable
            Path cert,

            @Key(value = "PEM file with the private key (PKCS #8).", required = true) @Nullable
            Path key) {}

    /** One entry of {@code providers}. */
    record Provider(
            @Key(
                    value =
                            "What it speaks: openai (any OpenAI-compatible API), azure (Azure OpenAI), anthropic (Messages), gemini (generateContent), bedrock (Converse), ollama (Ollama's own /api/chat), cohere (v2/chat) or demo (no network).",
                    required = true)
            @Nullable
            Type type,

            @Key(
                    value =
                            "Where the API begins: with the version part for the types openai and cohere, without any path of the vendor's for the others.",
                    unset =
                            "known for the names of the table below and for the types anthropic, gemini, bedrock, ollama and cohere")
            @Nullable
            URI baseUrl,

            @Key(
                    value = "Sent as the type wants it: as bearer token, api-key, x-api-key or x-goog-api-key.",
                    unset = "none is sent; for bedrock `AWS_BEARER_TOKEN_BEDROCK`")
            @Nullable
            Secret apiKey,

            @Key(
                    value =
                            "Several keys instead of api_key, by names for people. Requests are spread over them; one that is"
                                    + " refused or out of quota is set aside for a time.",
                    unset = "api_key alone")
            @Nullable
            Map<String, ApiKey> apiKeys,

            @Key(
                    value =
                            "HTTP version upstream: auto takes HTTP/2 where TLS offers it; 2 in cleartext means prior knowledge.",
                    unset = "auto")
            @Nullable
            Version http,

            @Key(value = "Most connections that one event loop opens to it.", unset = "1024", min = "1", max = "65535")
            @Nullable
            Count pool,

            @Key(
                    value = "Types openai and azure: ask for token counts in streams (stream_options.include_usage).",
                    unset = "true, false for Mistral and Cohere")
            @Nullable
            Boolean usageInStream,

            @Key(
                    value =
                            "Types openai and azure: whether it offers /responses itself. Clients of that schema then pass"
                                    + " untranslated.",
                    unset = "true for api.openai.com and Azure's /openai/v1, else false")
            @Nullable
            Boolean responses,

            @Key(
                    value = "PEM file with the certificate authorities to trust instead of the JDK's.",
                    unset = "the JDK's")
            @Nullable
            Path ca,

            @Key(value = "The model names that it serves.", unset = "any name is passed on") @Nullable
            List<String> models,

            @Key(
                    value =
                            "Type azure only: version of the dated API, where the model names a deployment; nothing means the /openai/v1 surface.",
                    unset = "nothing")
            @Nullable
            ApiVersion apiVersion,

            @Key(value = "Type bedrock only: where the models run.", unset = "`AWS_REGION`, `AWS_DEFAULT_REGION`")
            @Nullable
            Region region,

            @Key(
                    value = "Type bedrock only: an access key, to sign requests with instead of sending api_key.",
                    unset = "`AWS_ACCESS_KEY_ID`")
            @Nullable
            Secret accessKeyId,

            @Key(value = "Type bedrock only: belongs to access_key_id.", unset = "`AWS_SECRET_ACCESS_KEY`") @Nullable
            Secret secretAccessKey,

            @Key(
                    value = "Type bedrock only: belongs to access_key_id when that is a temporary one.",
                    unset = "`AWS_SESSION_TOKEN`")
            @Nullable
            Secret sessionToken,

            @Key(
                    value =
                            "Type bedrock only: the profile of AWS's shared files to sign in with, and nothing else of what"
                                    + " the environment offers.",
                    unset = "no keys: AWS's default chain")
            @Nullable
            String profile,

            @Key(
                    value =
                            "Type gemini only: call Vertex AI in this project of Google Cloud instead of the Gemini API.",
                    unset = "the Gemini API")
            @Nullable
            Project project,

            @Key(value = "Type gemini only: belongs to project; global is one.", unset = "required with project")
            @Nullable
            Location location,

            @Key(
                    value = "Type gemini only: JSON key file for project, of a service account or a user.",
                    unset = "`GOOGLE_APPLICATION_CREDENTIALS`, gcloud's file, the machine's metadata server")
            @Nullable
            Path credentials,

            @Key(
                    value =
                            "Type anthropic only: most tokens of an answer when the client sets no limit; the API requires one.",
                    unset = "4096",
                    min = "1",
                    max = "1M")
            @Nullable
            Count defaultMaxTokens,

            @Key(
                    value = "Type demo only: pace of the answer; 0 is as fast as it goes.",
                    unset = "50",
                    min = "0",
                    max = "1M")
            @Nullable
            Count tokensPerSecond) {

        enum Type {
            OPENAI,
            AZURE,
            ANTHROPIC,
            GEMINI,
            BEDROCK,
            OLLAMA,
            COHERE,
            DEMO
        }

        enum Version {
            AUTO("auto"),
            ONE("1.1"),
            TWO("2");

            private final String label;

            Version(String label) {
                this.label = label;
            }

            @Override
            public String toString() {
                return label;
            }
        }
    }

    /** One entry of {@code providers.<name>.api_keys}. */
    @ShortForm(value = "key", forms = "a secret, or a map with key")
    record ApiKey(
            @Key(value = "The key itself, sent like api_key.", required = true) @Nullable
            Secret key,

            @Key(
                    value = "Its share of the requests, beside the weights of the others.",
                    def = "1",
                    min = "1",
                    max = "1000")
            int weight) {}

    /** One entry of {@code models}. */
    @ShortForm(
            value = "targets",
            forms = "provider/model, the name of another model, a list of these, or a map with targets")
    record Model(
            @Key(
                    value = "Where it goes: provider/model or the name of another model. The first entry is used.",
                    unset = "required")
            @Nullable
            List<@Nullable Target> targets,

            @Key("The four timers.") Timers timeouts,

            @Key(value = "Silence after which a comment keeps a stream alive.", unset = "15s", min = "1ms", max = "24h")
            @Nullable
            Duration keepAlive,

            @Key(
                    value = "Send status 200 at once, so that comments can flow before the first content.",
                    unset = "false")
            @Nullable
            Boolean earlyCommit,

            @Key(
                    value = "When the client is gone: cancel the request upstream, or drain it to learn its usage.",
                    unset = "cancel")
            StreamPolicy.@Nullable OnDisconnect onDisconnect,

            @Key(value = "A reader that takes no byte for this long is cut.", unset = "30s", min = "1ms", max = "24h")
            @Nullable
            Duration writeStall,

            @Key(
                    value =
                            "A parameter that the provider has no word for: leave it out and tell the client (warn), leave it out"
                                    + " (drop), or refuse the request (reject).",
                    unset = "warn")
            @Nullable
            UnsupportedParams unsupportedParams,

            @Key(value = "Largest single event of a stream.", unset = "4MiB", min = "1KiB", max = "1GiB") @Nullable
            ByteSize maxEvent,

            @Key(value = "Largest answer.", unset = "64MiB", min = "1KiB", max = "64GiB") @Nullable
            ByteSize maxResponse) {}

    /** One entry of {@code models.<name>.targets}. */
    @ShortForm(value = "use", forms = "provider/model, the name of another model, or a map with use")
    record Target(
            @Key(value = "provider/model, or the name of another model.", required = true) @Nullable
            String use) {}

    /** The section {@code models.<name>.timeouts}. */
    record Timers(
            @Key(
                    value = "Name lookup, wait for a connection, TCP and TLS together.",
                    unset = "5s",
                    min = "1ms",
                    max = "24h")
            @Nullable
            Duration connect,

            @Key(
                    value = "From the request sent to the first event with content.",
                    unset = "60s",
                    min = "1ms",
                    max = "24h")
            @Nullable
            Duration firstToken,

            @Key(value = "Between two reads of bytes from the provider.", unset = "60s", min = "1ms", max = "24h")
            @Nullable
            Duration idle,

            @Key(value = "The whole exchange.", unset = "10m", min = "1ms", max = "24h") @Nullable
            Duration total) {}

    /** One entry of {@code static}. */
    record Answer(
            @Key(value = "The whole answer.", required = true) @Nullable
            String text,

            @Key(value = "degraded: mark the exchange as a degraded answer.", unset = "not marked") @Nullable
            Marker marker) {

        enum Marker {
            DEGRADED
        }
    }

    /** The section {@code fetch}. */
    record Fetch(
            @Key(
                    value =
                            "Hosts that images are fetched from; none means that such requests are refused. A name, or *. before a"
                                    + " name for all below it; with :port for another than the usual one, with http:// where"
                                    + " https is not needed.",
                    unset = "none")
            List<@Nullable FetchHost> hosts,

            @Key(
                    value = "Largest image; all of a request may have four times as much.",
                    def = "8MiB",
                    min = "1KiB",
                    max = "32MiB")
            ByteSize max,

            @Key(value = "Time for all images of a request together.", def = "5s", min = "1ms", max = "5m")
            Duration timeout,

            @Key(value = "Networks that may be connected to although they are not public.", unset = "none")
            List<@Nullable NetworkBlock> privateNetworks) {}
}
