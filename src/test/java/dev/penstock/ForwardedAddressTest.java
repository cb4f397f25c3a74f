// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.kit.Header;
import dev.penstock.kit.RawClient;
import dev.penstock.kit.RawResponse;
import org.junit.jupiter.api.Test;

/** Limits and keys that go by the address of the caller, with and without a proxy in front. */
final class ForwardedAddressTest {

    private static final String REST = "providers: {demo: {type: demo}}\nlimits: {per_ip: {rpm: 2}}\n"
            + "tenants: {acme: {keys: [{id: free, secret: k-free}, {id: bound, secret: k-bound, ips: [198.51.100.0/24]}]}}\n";

    private static String config(String proxies) {
        return "server: {port: 0, admin: \"127.0.0.1:0\", drain_delay: 0s, drain: 4s" + proxies + "}\n" + REST;
    }

    private static int status(InProcess gateway, String key, String... forwarded) {
        String body =
                "{\"model\":\"demo/demo\",\"max_tokens\":1,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
        Header[] headers = new Header[forwarded.length + 1];
        headers[0] = new Header("authorization", "Bearer " + key);
        for (int i = 0; i < forwarded.length; i++) {
            headers[i + 1] = new Header("x-forwarded-for", forwarded[i]);
        }
        try (RawClient client = RawClient.connect(gateway.port())) {
            RawResponse answer =
                    client.post("/v1/chat/completions", body, headers).readResponse();
            return answer.status();
        }
    }

    @Test
    void nobodyIsBelievedByDefault() {
        try (InProcess gateway = InProcess.start(config(""))) {
            assertThat(status(gateway, "k-bound", "198.51.100.7")).isEqualTo(403);
            assertThat(status(gateway, "k-free", "1.1.1.1")).isEqualTo(200);
            assertThat(status(gateway, "k-free", "2.2.2.2")).isEqualTo(200);
            assertThat(status(gateway, "k-free", "3.3.3.3"))
                    .as("another address in the header is no other caller")
                    .isEqualTo(429);
        }
    }

    @Test
    void aTrustedProxySaysWhoCallsAndAClientCannotSayItForIt() {
        try (InProcess gateway = InProcess.start(config(", trusted_proxies: [127.0.0.0/8, 10.0.0.0/8]"))) {
            assertThat(status(gateway, "k-bound", "198.51.100.7")).isEqualTo(200);
            assertThat(status(gateway, "k-bound", "198.51.100.8, 203.0.113.1")).isEqualTo(403);
            assertThat(status(gateway, "k-bound", "198.51.100.8", "203.0.113.1"))
                    .isEqualTo(403);
            assertThat(status(gateway, "k-bound", "203.0.113.1, 198.51.100.8, 10.0.0.3"))
                    .isEqualTo(200);

            assertThat(status(gateway, "k-free", "6.6.6.6, 192.0.2.1")).isEqualTo(200);
            assertThat(status(gateway, "k-free", "7.7.7.7, 192.0.2.1")).isEqualTo(200);
            assertThat(status(gateway, "k-free", "8.8.8.8, 192.0.2.1")).isEqualTo(429);
            assertThat(status(gateway, "k-free", "::ffff:192.0.2.1")).isEqualTo(429);
            assertThat(status(gateway, "k-free", "192.0.2.2")).isEqualTo(200);

            assertThat(status(gateway, "k-free", "2001:db8:1:2::1")).isEqualTo(200);
            assertThat(status(gateway, "k-free", "2001:db8:1:2::2")).isEqualTo(200);
            assertThat(status(gateway, "k-free", "2001:db8:1:2::3")).isEqualTo(429);
            assertThat(status(gateway, "k-free", "2001:db8:1:3::3")).isEqualTo(200);
        }
    }
}
