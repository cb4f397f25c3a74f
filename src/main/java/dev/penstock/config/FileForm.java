// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import dev.penstock.exchange.OnCut;
import dev.penstock.exchange.Priority;
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

        @Key(value = "The customers, by name. Their keys open the gateway beside server.api_key.", unset = "none")
        Map<String, Tenant> tenants,

        @Key("The upstreams, by the name that stands before the slash in provider/model.")
        Map<String, Provider> providers,

        @Key("The names that clients send as \"model\". The name \"*\" holds what all others inherit.")
        Map<String, Model> models,

        @Key(value = "Fixed answers, called as static/<name>.", name = "static")
        Map<String, Answer> statics,

        @Key("Answers by rules, called as rules/<name>: what is said when no model can say it, marked degraded.")
        Map<String, RulesForm.Rules> rules,

        @Key("Images by address: what Penstock fetches for providers that take only bytes.")
        FetchForm fetch,

        @Key("Other nodes: how they are found, and where this one can be reached by them.")
        ClusterForm cluster,

        @Key("Limits that hold whatever the tenant is, and where nodes share their counts.")
        LimitForm.Everywhere limits,

        @Key("Budgets that hold whatever the tenant is.") LimitForm.MoneyEverywhere budget,

        @Key(
                value = "Calls under a budget whose price nobody knows: they are let through, uncounted (allow), or"
                        + " refused.",
                def = "allow")
        LimitForm.Unpriced unpriced,

        @Key(
                value = "A file of prices that goes before those that Penstock knows, model by model.",
                unset = "those that Penstock knows")
        @Nullable
        Path prices,

        @Key(
                value = "Use cases that calls name in x-penstock-feature, by name; * is each one that has no entry.",
                unset = "none")
        Map<String, FeatureForm> features,

        @Key(
                value =
                        "What is on and off, by gateway, tenant.<name>, feature.<name>, model.<name>, provider.<name> or"
                                + " key.<name>. A live flip holds in place of it until it is cleared.",
                unset = "all on")
        Map<String, SwitchForm> switches,

        @Key("How callers show who they are, beside the keys of the file.")
        AuthForm auth,

        @Key(
                value = "What callers may do, by the name of the role that their key has. What a role does not name it"
                        + " may not do.",
                unset = "each key may chat, embeddings, models and usage")
        Map<String, AccessForms.Role> roles,

        @Key("Calls that clients name by Idempotency-Key, so that repeating one does not make it twice.")
        IdempotencyForm idempotency,

        @Key(
                "What outlives the process: keys that were made at run time, live switches, counters of budgets, what calls cost.")
        StorageForm storage,

        @Key("What is kept and told of what happened.") ObservabilityForm observability,

        @Key("What people hear of, and how.") AlertsForm alerts) {

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
                    value =
                            "Networks of proxies in front of the gateway, which are believed when x-forwarded-for says who called"
                                    + " them.",
                    unset = "none: the address of the connection counts")
            List<@Nullable NetworkBlock> trustedProxies,

            @Key("When new requests are turned away with 503, so that those under way are served well.")
            Shed shed,

            @Key(
                    value = "Serve everyone on a reachable address without a key. Think twice: calls cost money.",
                    def = "false")
            boolean open) {}

    /** The section {@code server.shed}. */
    record Shed(
            @Key(
                    value = "How late an event loop may be, as the median of a tenth of a second, before requests are"
                            + " turned away. 0s: as late as it will.",
                    def = "25ms",
                    min = "0s",
                    max = "1h")
            Duration lag,

            @Key(
                    value = "Share of the heap that may be in use after a collection. 100%: all of it.",
                    def = "90%",
                    min = "60%",
                    max = "100%")
            Share heap,

            @Key(value = "Most open exchanges of the node. 0: as many as come.", def = "0", min = "0", max = "10M")
            Count exchanges) {}

    /** The section {@code server.tls}. */
    record Tls(
            @Key(value = "PEM file with the certificate chain.", required = true) @Nullable
            Path cert,

            @Key(value = "PEM file with the private key (PKCS #8).", required = true) @Nullable
            Path key) {}

    /** One entry of {@code tenants}. */
    record Tenant(
            @Key(value = "Where its data must stay, for routing conditions.", unset = "anywhere") @Nullable
            String region,

            @Key(value = "What its callers send as bearer token, x-api-key or x-goog-api-key.", unset = "none")
            List<AccessForms.@Nullable TenantKey> keys,

            @Key(value = "How much its callers may ask for, all together.", unset = "as much as they want")
            LimitForm.@Nullable Limits limits,

            @Key(value = "What its calls may cost.", unset = "what they cost")
            LimitForm.@Nullable MoneyOfTenant budget,

            @Key(value = "Whether what is said in its calls is written down.", unset = "it is not") @Nullable
            ContentForm content) {}

    /** One entry of {@code providers}. */
    record Provider(
            @Key(
                    value = "What it speaks: openai (any OpenAI-compatible API), azure (Azure OpenAI), anthropic"
                            + " (Messages), gemini (generateContent), bedrock (Converse), ollama (Ollama's own"
                            + " /api/chat), cohere (v2/chat) or demo (no network).",
                    required = true)
            @Nullable
            Type type,

            @Key(
                    value = "Where the API begins: with the version part for the types openai and cohere, without any"
                            + " path of the vendor's for the others.",
                    unset = "known for the names of the table below and for the types anthropic, gemini, bedrock,"
                            + " ollama and cohere")
            @Nullable
            URI baseUrl,

            @Key(
                    value = "Sent as the type wants it: as bearer token, api-key, x-api-key or x-goog-api-key.",
                    unset = "none is sent; for bedrock `AWS_BEARER_TOKEN_BEDROCK`")
            @Nullable
            Secret apiKey,

            @Key(
                    value = "Several keys instead of api_key, by names for people. Requests are spread over them; one"
                            + " that is refused or out of quota is set aside for a time.",
                    unset = "api_key alone")
            @Nullable
            Map<String, ApiKey> apiKeys,

            @Key(
                    value = "HTTP version upstream: auto takes HTTP/2 where TLS offers it; 2 in cleartext means prior"
                            + " knowledge.",
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
                    value = "Types openai and azure: whether it offers /responses itself. Clients of that schema then"
                            + " pass untranslated.",
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
                    value = "Type azure only: version of the dated API, where the model names a deployment; nothing"
                            + " means the /openai/v1 surface.",
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
                    value = "Type bedrock only: the profile of AWS's shared files to sign in with, and nothing else of"
                            + " what the environment offers.",
                    unset = "no keys: AWS's default chain")
            @Nullable
            String profile,

            @Key(
                    value = "Type gemini only: call Vertex AI in this project of Google Cloud instead of the Gemini"
                            + " API.",
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
                    value = "Type anthropic only: most tokens of an answer when the client sets no limit; the API"
                            + " requires one.",
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
            Count tokensPerSecond,

            @Key(value = "How much may be asked of it.", unset = "as much as it takes")
            LimitForm.@Nullable Counts limits,

            @Key(value = "What its calls may cost.", unset = "what they cost")
            LimitForm.@Nullable Money budget,

            @Key(value = "What its models cost, all of them: free, or prices.", unset = "the table of prices")
            PriceForm.@Nullable OfProvider price) {

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
                    value = "Where it goes: provider/model or the name of another model. Without strategy, weight and"
                            + " tier the entries are tried in their order.",
                    unset = "required")
            @Nullable
            List<@Nullable Target> targets,

            @Key(
                    value = "How the targets of one tier share the requests: by weight and chance, by the shorter time"
                            + " to the first token, by the fewest under way, by cost, or the same one for the same"
                            + " caller.",
                    unset = "weighted")
            @Nullable
            Strategy strategy,

            @Key(value = "For the strategy sticky.", unset = "by prompt")
            ModelForm.@Nullable Sticky sticky,

            @Key(value = "How often the same target is asked again.", unset = "as below")
            ModelForm.@Nullable Retries retries,

            @Key(value = "When a target is left alone for a while.", unset = "as below")
            ModelForm.@Nullable Breaker breaker,

            @Key(value = "Race a second target before the first token.", unset = "never")
            ModelForm.@Nullable Hedge hedge,

            @Key(
                    value = "How many attempts each target may have under way on this node, learned from its times.",
                    unset = "as many as come")
            ModelForm.@Nullable Concurrency concurrency,

            @Key(
                    value = "An answer that breaks off after its first token: the client gets an error (error), or the"
                            + " next target goes on where plain text broke off (continue_text).",
                    unset = "error")
            @Nullable
            OnCut onCut,

            @Key(value = "Who waits when not all can be served: batch is shed and queued first.", unset = "interactive")
            @Nullable
            Priority priority,

            @Key("The timers.") Timers timeouts,

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
                    value = "A parameter that the provider has no word for: leave it out and tell the client (warn),"
                            + " leave it out (drop), or refuse the request (reject).",
                    unset = "warn")
            @Nullable
            UnsupportedParams unsupportedParams,

            @Key(value = "Largest single event of a stream.", unset = "4MiB", min = "1KiB", max = "1GiB") @Nullable
            ByteSize maxEvent,

            @Key(value = "Largest answer.", unset = "64MiB", min = "1KiB", max = "64GiB") @Nullable
            ByteSize maxResponse,

            @Key(value = "How much clients may ask for by this name.", unset = "as much as they want")
            LimitForm.@Nullable Counts limits,

            @Key(value = "What calls by this name may cost.", unset = "what they cost")
            LimitForm.@Nullable Money budget) {}

    /** One entry of {@code models.<name>.targets}. */
    @ShortForm(value = "use", forms = "provider/model, the name of another model, or a map with use")
    record Target(
            @Key(value = "provider/model, or the name of another model.", required = true) @Nullable
            String use,

            @Key(
                    value = "Its share of the requests of its tier, beside the weights of the others; 0: only when"
                            + " those are out.",
                    unset = "1",
                    min = "0",
                    max = "1000")
            @Nullable
            Count weight,

            @Key(
                    value = "Its group, from 1. The next one is tried when all of the earlier are out.",
                    unset = "1; the place in the list where no entry has weight or tier and there is no strategy",
                    min = "1",
                    max = "100")
            @Nullable
            Count tier,

            @Key(
                    value = "Only for requests that this is true of, in CEL: request.tokens > 8000 && !request.tools.",
                    unset = "all")
            @Nullable
            String when,

            @Key(
                    value = "Tokens of prompt and answer together that it takes; larger requests pass it by.",
                    unset = "not looked at",
                    min = "1",
                    max = "1000M")
            @Nullable
            Count contextWindow,

            @Key(value = "What it costs, for the strategy cost. Targets without it come last.", unset = "unknown")
            ModelForm.@Nullable Cost cost,

            @Key(
                    value = "Members of the request that this target sets, by the client schema's own names.",
                    unset = "none")
            @Nullable
            Params params,

            @Key(value = "What is taken out for a target that can do less.", unset = "nothing")
            ModelForm.@Nullable Simplify simplify) {}

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

            @Key(
                    value = "From the request sent to a whole answer, in each attempt at one that is no stream. A"
                            + " shorter time leaves some for the next target.",
                    unset = "total",
                    min = "1ms",
                    max = "24h")
            @Nullable
            Duration answer,

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
}
