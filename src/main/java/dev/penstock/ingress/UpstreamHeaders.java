// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.TraceContext;
import io.vertx.core.MultiMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What of a client's header may go to a provider: an allow-list, so that cookies, credentials, addresses and whatever will be
 * invented tomorrow stay here. To the few fields that pass, the gateway adds its own and the hop mark by which it recognises
 * its own requests when a configuration points it at itself.
 */
public final class UpstreamHeaders {

    /** How many gateways a request has passed. */
    public static final String HOP = "x-penstock-hop";

    private static final int MAX_HOPS = 1;
    private static final int MAX_STATE = 512;
    private static final int MAX_FEATURE = 1024;
    private static final String AGENT = "penstock";

    /** Opt-ins to features of a provider: part of what the client asks for, without which the answer is another one. */
    private static final List<String> FEATURES = List.of("openai-beta", "anthropic-beta", "anthropic-version");

    private UpstreamHeaders() {}

    /** The header of the provider request, without credentials, which only the provider's own room adds. */
    public static MultiMap of(MultiMap client, boolean stream) {
        MultiMap upstream = MultiMap.caseInsensitiveMultiMap()
                .set("content-type", "application/json")
                .set("accept", stream ? "text/event-stream" : "application/json")
                // A compressed stream is a delayed stream, and the bytes must stay the provider's.
                .set("accept-encoding", "identity")
                .set("user-agent", AGENT)
                .set(HOP, Integer.toString(hopCount(client) + 1));
        for (String feature : FEATURES) {
            String value = client.get(feature);
            if (value != null && value.length() <= MAX_FEATURE) {
                upstream.set(feature, value);
            }
        }
        trace(client, upstream);
        return upstream;
    }

    private static void trace(MultiMap client, MultiMap upstream) {
        String parent = client.get("traceparent");
        if (parent == null || TraceContext.parse(parent) == null) {
            return;
        }
        upstream.set("traceparent", parent);
        String state = client.get("tracestate");
        if (state != null && state.length() <= MAX_STATE) {
            upstream.set("tracestate", state);
        }
    }

    /** Gateways that this request has passed already. A mark that is no number counts as one. */
    public static int hopCount(MultiMap client) {
        String mark = client.get(HOP);
        if (mark == null) {
            return 0;
        }
        boolean digit = mark.length() == 1 && mark.charAt(0) >= '0' && mark.charAt(0) <= '9';
        return digit ? mark.charAt(0) - '0' : MAX_HOPS;
    }

    /** The error for a request that comes from a gateway, most often this one. */
    public static @Nullable GatewayError loop(MultiMap client) {
        if (hopCount(client) < MAX_HOPS) {
            return null;
        }
        return GatewayError.builder(
                        GatewayError.Kind.LOOP_DETECTED,
                        "The request has already passed through a gateway of this kind.")
                .hint("Check the base_url of the providers: one of them points at a gateway, perhaps at this one.")
                .build();
    }
}
