// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.kit.Answers;
import dev.penstock.kit.Header;
import dev.penstock.kit.ProviderSimulator;
import dev.penstock.kit.RawClient;
import dev.penstock.kit.RawResponse;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Named use cases through the whole gateway: who may name them, and what they are counted and switched by. */
final class FeatureTest {

    private static final String DEMO = """
            providers: {slow: {type: demo, models: [x], tokens_per_second: 20}, demo: {type: demo}}
            models: {chat: slow/x}
            """;
    private static final String KEYS = """
            roles:
              plain: {may: [chat], models: ["*"]}
              search: {may: [chat], models: ["*"], features: ["search*"]}
            tenants:
              acme:
                keys:
                  - {id: free, secret: k-free}
                  - {id: plain, secret: k-plain, role: plain}
                  - {id: search, secret: k-search, role: search}
                  - {id: narrow, secret: k-narrow, role: search, features: [search-web]}
            """;

    private static RawResponse ask(InProcess gateway, String model, Header... headers) {
        String body = "{\"model\":\"" + model
                + "\",\"max_tokens\":20,\"messages\":[{\"role\":\"user\",\"content\":\"tell me\"}]}";
        try (RawClient client = RawClient.connect(gateway.port(), Duration.ofSeconds(20))) {
            return client.post("/v1/chat/completions", body, headers).readResponse();
        }
    }

    private static Header feature(String name) {
        return new Header("x-penstock-feature", name);
    }

    private static Header bearer(String key) {
        return new Header("authorization", "Bearer " + key);
    }

    @Test
    void aFeatureIsNamedByThoseWhoseRoleAndKeyHaveIt() {
        try (InProcess gateway = InProcess.start(DEMO + KEYS)) {
            Object[][] expected = {
                {"k-free", "anything", 200},
                {"k-plain", "search-web", 403},
                {"k-search", "search-web", 200},
                {"k-search", "search-files", 200},
                {"k-search", "write", 403},
                {"k-narrow", "search-web", 200},
                {"k-narrow", "search-files", 403},
                {"k-unknown", "search-web", 401}
            };
            for (Object[] row : expected) {
                RawResponse answer = ask(gateway, "demo/demo", bearer((String) row[0]), feature((String) row[1]));
                assertThat(answer.status()).as("%s %s", row[0], row[1]).isEqualTo(row[2]);
                if (answer.status() == 403) {
                    assertThat(answer.bodyText())
                            .contains("feature_not_allowed")
                            .doesNotContain((String) row[1]);
                }
            }
            assertThat(ask(gateway, "demo/demo", bearer("k-plain")).status())
                    .as("a call that names none belongs to none")
                    .isEqualTo(200);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Search",
                "a b",
                "a/b",
                "a%2Fb",
                "ä",
                "x'; DROP TABLE",
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
            })
    void whatIsNoNameIsRefusedAndNotEchoed(String name) {
        try (InProcess gateway = InProcess.start(DEMO)) {
            RawResponse feature = ask(gateway, "demo/demo", feature(name));
            assertThat(feature.status()).isEqualTo(400);
            assertThat(feature.bodyText()).contains("x-penstock-feature").doesNotContain("\\u00e4", "DROP");
        }
    }

    @Test
    void twoNamesAreRefusedAndSoIsASessionThatCouldDoHarm() {
        try (InProcess gateway = InProcess.start(DEMO)) {
            assertThat(ask(gateway, "demo/demo", feature("a"), feature("b")).status())
                    .isEqualTo(400);
            for (String session : new String[] {"a b", "<x>", "a,b", "s".repeat(129), "\"q\""}) {
                RawResponse refused = ask(gateway, "demo/demo", new Header("x-penstock-session", session));
                assertThat(refused.status()).as(session).isEqualTo(400);
                assertThat(refused.bodyText()).contains("x-penstock-session");
            }
            assertThat(ask(gateway, "demo/demo", new Header("x-penstock-session", "chat:4711/a_B@x.y~z="))
                            .status())
                    .isEqualTo(200);
        }
    }

    @Test
    void aFeatureHasItsOwnLimitAndOneThatIsNotNamedFallsUnderTheStar() {
        String limits = "features: {search: {limits: {rpm: 2}}, \"*\": {limits: {rpm: 1}}}\n";
        try (InProcess gateway = InProcess.start(DEMO + limits)) {
            assertThat(ask(gateway, "demo/demo", feature("search")).status()).isEqualTo(200);
            assertThat(ask(gateway, "demo/demo", feature("search")).status()).isEqualTo(200);
            RawResponse third = ask(gateway, "demo/demo", feature("search"));
            assertThat(third.status()).isEqualTo(429);
            assertThat(third.header("retry-after")).isPresent();
            assertThat(third.bodyText()).contains("feature search");

            assertThat(ask(gateway, "demo/demo", feature("other")).status()).isEqualTo(200);
            assertThat(ask(gateway, "demo/demo", feature("other")).status()).isEqualTo(429);
            assertThat(ask(gateway, "demo/demo", feature("another")).status()).isEqualTo(200);
            assertThat(ask(gateway, "demo/demo").status())
                    .as("no feature, no limit of one")
                    .isEqualTo(200);
        }
    }

    @Test
    void aBudgetOfAFeatureIsUsedUpAndTheHeaderFieldsStayHere() {
        try (ProviderSimulator provider = ProviderSimulator.start()) {
            provider.when("m", Answers.chat(20));
            String config = "providers: {up: {type: openai, base_url: \"" + provider.baseUrl()
                    + "\", api_key: k, price: {input: 1000, output: 1000}}}\n"
                    + "features: {search: {budget: {usd: 0.03, per: day}}}\n";
            try (InProcess gateway = InProcess.start(config)) {
                Header session = new Header("x-penstock-session", "s-1");
                assertThat(ask(gateway, "up/m", feature("search"), session).status())
                        .isEqualTo(200);
                RawResponse last = ask(gateway, "up/m", feature("search"));
                for (int i = 0; i < 5 && last.status() == 200; i++) {
                    last = ask(gateway, "up/m", feature("search"));
                }
                assertThat(last.status()).isEqualTo(402);
                assertThat(last.bodyText()).contains("budget_exhausted", "feature search");
                assertThat(ask(gateway, "up/m").status()).isEqualTo(200);
            }
            assertThat(provider.requests()).isNotEmpty().allSatisfy(seen -> {
                assertThat(seen.header("x-penstock-feature")).isEmpty();
                assertThat(seen.header("x-penstock-session")).isEmpty();
            });
        }
    }

    @Test
    void aSwitchOfAFeatureEndsItsStreamsAndNoOthers() throws Exception {
        String body = "{\"model\":\"chat\",\"max_tokens\":4000,\"stream\":true,"
                + "\"messages\":[{\"role\":\"user\",\"content\":\"Tell a very long story\"}]}";
        try (InProcess gateway = InProcess.start(DEMO);
                RawClient one = RawClient.connect(gateway.port(), Duration.ofSeconds(20));
                RawClient two = RawClient.connect(gateway.port(), Duration.ofSeconds(20))) {
            RawResponse concerned = one.post("/v1/chat/completions", body, feature("search"))
                    .response()
                    .readUntil("delta");
            RawResponse other = two.post("/v1/chat/completions", body, feature("write"))
                    .response()
                    .readUntil("delta");

            gateway.admin("PUT", "/admin/v1/switches/feature.search", "{\"state\":\"disabled\",\"reason\":\"drill\"}");

            assertThat(concerned.readToEnd().bodyText()).contains("is switched off: drill.");
            assertThat(other.readAtLeast(other.body().length + 200).bodyText()).doesNotContain("switched off");
            assertThat(ask(gateway, "demo/demo", feature("search")).status()).isEqualTo(503);
            assertThat(ask(gateway, "demo/demo", feature("write")).status()).isEqualTo(200);
        }
    }
}
