// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.TraceContext;
import dev.penstock.kit.time.ManualTime;
import io.vertx.core.MultiMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What may pass between client and provider, and what names a request. */
final class HeadersTest {

    private static final String PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    private static MultiMap headers(String... pairs) {
        MultiMap map = MultiMap.caseInsensitiveMultiMap();
        for (int i = 0; i < pairs.length; i += 2) {
            map.add(pairs[i], pairs[i + 1]);
        }
        return map;
    }

    @Test
    void sendsOnlyTheAllowListUpstream() {
        MultiMap client = headers(
                "authorization",
                "Bearer ps-1",
                "x-api-key",
                "ps-1",
                "cookie",
                "a=b",
                "host",
                "gw",
                "connection",
                "close",
                "te",
                "trailers",
                "transfer-encoding",
                "chunked",
                "content-length",
                "5",
                "x-forwarded-for",
                "10.0.0.1",
                "x-real-ip",
                "10.0.0.1",
                "forwarded",
                "for=1",
                "via",
                "1.1 a",
                "openai-organization",
                "org-1",
                "openai-project",
                "p",
                "user-agent",
                "OpenAI/Python",
                "x-stainless-lang",
                "python",
                "accept-encoding",
                "gzip",
                "proxy-authorization",
                "x",
                "x-request-id",
                "r",
                "referer",
                "http://intra",
                "origin",
                "http://intra",
                "openai-beta",
                "assistants=v2",
                "traceparent",
                PARENT,
                "tracestate",
                "a=b",
                "baggage",
                "user=7");
        MultiMap upstream = UpstreamHeaders.of(client, true);
        Map<String, String> sent = new java.util.TreeMap<>();
        upstream.forEach(e -> sent.put(e.getKey(), e.getValue()));
        assertThat(sent)
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        "content-type", "application/json",
                        "accept", "text/event-stream",
                        "accept-encoding", "identity",
                        "user-agent", "penstock",
                        "x-penstock-hop", "1",
                        "openai-beta", "assistants=v2",
                        "traceparent", PARENT,
                        "tracestate", "a=b"));
    }

    @Test
    void asksForJsonWithoutAStream() {
        assertThat(UpstreamHeaders.of(headers(), false).get("accept")).isEqualTo("application/json");
    }

    @Test
    void dropsATraceThatIsNone() {
        MultiMap upstream = UpstreamHeaders.of(headers("traceparent", "00-x-y-01", "tracestate", "a=b"), true);
        assertThat(upstream.contains("traceparent")).isFalse();
        assertThat(upstream.contains("tracestate")).isFalse();
    }

    @Test
    void recognisesItsOwnRequest() {
        MultiMap first = headers();
        assertThat(UpstreamHeaders.loop(first)).isNull();
        MultiMap second = UpstreamHeaders.of(first, false);
        GatewayError loop = UpstreamHeaders.loop(second);
        assertThat(loop.status()).isEqualTo(508);
        assertThat(UpstreamHeaders.hopCount(second)).isEqualTo(1);
        assertThat(UpstreamHeaders.loop(headers(UpstreamHeaders.HOP, "nonsense")))
                .isNotNull();
    }

    @Test
    void keepsAHarmlessRequestId() {
        RequestIds ids = new RequestIds(new ManualTime(), new Random(1));
        assertThat(ids.of("my-id_1.2")).isEqualTo("my-id_1.2");
        assertThat(ids.of("a".repeat(128))).hasSize(128);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "a\nb", "<x>", "ä", "a/b", "${jndi:x}", "@", "[", "`", "{"})
    void replacesAnyOther(String offered) {
        RequestIds ids = new RequestIds(new ManualTime(), new Random(1));
        assertThat(ids.of(offered)).matches("req_[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}");
    }

    @Test
    void makesIdentifiersThatSortByTimeAndDiffer() {
        ManualTime time = new ManualTime();
        RequestIds ids = new RequestIds(time, new Random(1));
        String first = ids.of(null);
        assertThat(ids.of("a".repeat(129))).isNotEqualTo(first);
        time.advance(java.time.Duration.ofMillis(1));
        assertThat(ids.of(null)).isGreaterThan(first);
    }

    @Test
    void readsATraceParent() {
        TraceContext trace = TraceContext.parse(PARENT);
        assertThat(trace.traceId()).isEqualTo("4bf92f3577b34da6a3ce929d0e0e4736");
        assertThat(trace.parentId()).isEqualTo("00f067aa0ba902b7");
        assertThat(trace.sampled()).isTrue();
        assertThat(TraceContext.parse(PARENT.replace("-01", "-00")).sampled()).isFalse();
        assertThat(TraceContext.parse("01" + PARENT.substring(2) + "-more")).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "00",
                "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g",
                "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x"
            })
    void refusesATraceParentWithOneWrongCharacter(String value) {
        assertThat(TraceContext.parse(value)).isNull();
    }
}
