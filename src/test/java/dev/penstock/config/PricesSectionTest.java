// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.accounting.PriceTable;
import dev.penstock.exchange.ModelPrice;
import dev.penstock.exchange.PriceBook;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.Usage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.yaml.snakeyaml.Yaml;

/** Where prices come from: what a provider says of itself, a file, and the list that Penstock brings. */
final class PricesSectionTest {

    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
    private static final Usage MILLION = Usage.reported(1_000_000, 0, 0, 0);
    private static final Path SHIPPED = ShippedFilesTest.CONF.resolve("prices.yaml");

    @TempDir
    Path folder;

    ConfigRoom room;

    @BeforeEach
    void openRoom() {
        room = new ConfigRoom(folder);
    }

    private PriceTable table() {
        return new PriceTable(room.snapshot().access().limits().prices().providers());
    }

    /** Of a million tokens of the prompt. */
    private long nanos(String provider, String model) {
        return table().nanoUsd(new Target(provider, model), MILLION, NOW);
    }

    @Test
    void theFileThatIsShippedIsTheOneInTheJar() throws Exception {
        byte[] inJar = PriceFile.class.getResourceAsStream("prices.yaml").readAllBytes();

        assertThat(inJar).isEqualTo(Files.readAllBytes(SHIPPED));
    }

    @Test
    void everyShippedPriceHasItsPageAndItsDay() {
        Map<String, Map<String, List<ModelPrice>>> shipped = PriceFile.shipped();

        assertThat(shipped.keySet()).contains("openai", "anthropic", "gemini", "mistral", "deepseek", "groq", "cohere");
        shipped.forEach((vendor, models) -> {
            assertThat(models).as(vendor).isNotEmpty();
            models.forEach((model, prices) -> prices.forEach(price -> {
                assertThat(price.source()).as(model).startsWith("https://");
                assertThat(LocalDate.parse(price.seen())).as(model).isAfter(LocalDate.of(2025, 1, 1));
                assertThat(price.base().input()).as(model).isPositive();
                assertThat(price.base().cachedInput())
                        .as(model)
                        .isLessThanOrEqualTo(price.base().input());
            }));
        });
    }

    @Test
    void theShippedFileMeansTheSameUnderYaml11And12() throws Exception {
        String text = Files.readString(SHIPPED);
        Object old = new Yaml().load(text);

        assertThat(old).isEqualTo(new Load(LoadSettings.builder().build()).loadFromString(text));
    }

    @Test
    void aKeyInTheEnvironmentIsEnoughToKnowWhatCallsCost() {
        room.env("OPENAI_API_KEY", "sk-1").env("ANTHROPIC_API_KEY", "sk-2");

        assertThat(nanos("openai", "gpt-4o-mini")).isEqualTo(150_000_000);
        assertThat(nanos("openai", "gpt-4o-2024-08-06")).isEqualTo(2_500_000_000L);
        assertThat(nanos("anthropic", "claude-sonnet-4-5-20250929")).isEqualTo(3_000_000_000L);
        assertThat(table().nanoUsd(
                                new Target("anthropic", "claude-haiku-4-5"),
                                new Usage(300, 100, 10, 0, false, 100),
                                NOW))
                .isEqualTo(100 * 1000 + 100 * 100 + 100 * 1250 + 10 * 5000);
        assertThat(nanos("openai", "whatever-1")).isEqualTo(PriceBook.UNPRICED);
        assertThat(nanos("demo", "demo")).isZero();
    }

    @Test
    void aServiceIsKnownByItsAddressUnderAnyName() {
        room.yaml("""
                providers:
                  fallback: {type: openai, base_url: "https://api.mistral.ai/v1", api_key: k}
                  elsewhere: {type: openai, base_url: "https://llm.example.com/v1", api_key: k}
                  claude: {type: anthropic, api_key: k}
                  azure-eu: {type: azure, base_url: "https://acme.openai.azure.com", api_key: k}
                  coral: {type: cohere, api_key: k}
                """);

        assertThat(nanos("fallback", "mistral-large-2512")).isEqualTo(500_000_000);
        assertThat(nanos("elsewhere", "gpt-4o")).isEqualTo(PriceBook.UNPRICED);
        assertThat(nanos("claude", "claude-opus-4-5")).isEqualTo(5_000_000_000L);
        assertThat(nanos("azure-eu", "gpt-4o")).isEqualTo(PriceBook.UNPRICED);
        assertThat(nanos("coral", "command-r-08-2024")).isEqualTo(150_000_000);
    }

    @Test
    void fixedAnswersAndRulesAreFree() {
        room.yaml("static: {busy: {text: Later.}}\nrules: {help: [Later.]}");

        assertThat(nanos("static", "busy")).isZero();
        assertThat(nanos("rules", "help")).isZero();
    }

    @Test
    void aProviderMaySayWhatItCosts() {
        room.yaml("""
                providers:
                  vllm: {type: openai, base_url: "http://vllm:8000/v1", price: free}
                  rented: {type: openai, base_url: "http://gpu:8000/v1", price: {input: 0.2, output: 0.6, cached_input: 0.05}}
                  openai: {type: openai, api_key: k, price: {input: 1, output: 2}}
                """);

        assertThat(nanos("vllm", "qwen3-8b")).isZero();
        assertThat(nanos("rented", "qwen3-8b")).isEqualTo(200_000_000);
        assertThat(table().nanoUsd(new Target("rented", "x"), Usage.reported(1000, 1000, 1000, 400), NOW))
                .isEqualTo(1000 * 50 + 1000 * 600);
        assertThat(nanos("openai", "gpt-4o")).isEqualTo(1_000_000_000);
        assertThat(room.settings())
                .containsEntry("providers.vllm.price", "free # penstock.yaml:2")
                .containsEntry("providers.rented.price.cached_input", "0.05 # penstock.yaml:3")
                .containsEntry("providers.rented.price.reasoning", "0.6 # default")
                .doesNotContainKey("providers.demo.price");
    }

    @Test
    void aFileGoesBeforeTheShippedListModelByModel() {
        room.file("conf/mine.yaml", """
                        vendors:
                          openai:
                            source: our contract
                            date: "2026-11-01"
                            models:
                              gpt-4o: [{input: 2, output: 8}]
                          azure-eu:
                            source: our contract
                            date: "2026-11-01"
                            models:
                              gpt-*: [{input: 3, output: 9}]
                        """).file("conf/penstock.yaml", """
                        prices: mine.yaml
                        providers:
                          openai: {type: openai, api_key: k}
                          azure-eu: {type: azure, base_url: "https://acme.openai.azure.com", api_key: k}
                        """);
        PriceTable table = new PriceTable(
                room.snapshot("conf/penstock.yaml").access().limits().prices().providers());

        assertThat(table.nanoUsd(new Target("openai", "gpt-4o"), MILLION, NOW)).isEqualTo(2_000_000_000L);
        assertThat(table.nanoUsd(new Target("openai", "gpt-4o-mini"), MILLION, NOW))
                .isEqualTo(150_000_000);
        assertThat(table.nanoUsd(new Target("azure-eu", "gpt-4o"), MILLION, NOW))
                .isEqualTo(3_000_000_000L);
    }

    @Test
    void aChangedFileIsAReasonToReload() {
        String text =
                "vendors: {openai: {source: s, date: \"2026-11-01\", models: {gpt-4o: [{input: %s, output: 8}]}}}";
        room.yaml("prices: mine.yaml").file("mine.yaml", text.formatted("2"));
        ConfigLoader loader = room.loader();
        Snapshot old = ((LoadResult.Loaded) loader.load()).snapshot();
        String before = loader.fingerprint();
        assertThat(room.settings()).containsEntry("prices", "mine.yaml # penstock.yaml:1");

        room.file("mine.yaml", text.formatted("3"));

        assertThat(loader.fingerprint()).isNotEqualTo(before);
        Snapshot now = ((LoadResult.Loaded) loader.load()).snapshot();
        assertThat(ConfigDiff.between(old, now).changed()).containsExactly("prices");
        assertThat(now.version()).isNotEqualTo(old.version());
    }

    @Test
    void aFileThatIsNotThereIsAnError() {
        room.yaml("prices: nowhere.yaml");

        assertThat(room.problems())
                .containsExactly("penstock.yaml:1:9  prices  \"nowhere.yaml\"; expected a file that can be read");
    }

    static Stream<Arguments> mistakes() {
        return Stream.of(
                Arguments.of(
                        "{output: 1}",
                        "4:18  vendors.v.models.m[0].input  missing; expected an amount in US dollars from 0 to 1000, such as 2.5"),
                Arguments.of(
                        "{input: 1}",
                        "4:18  vendors.v.models.m[0].output  missing; expected an amount in US dollars from 0 to 1000, such as 2.5"),
                Arguments.of(
                        "{input: 1, output: 1001}",
                        "4:37  vendors.v.models.m[0].output  1001; expected an amount in US dollars from 0 to 1000, such as 2.5"),
                Arguments.of(
                        "{input: 1, ouput: 1, output: 1}",
                        "4:29  vendors.v.models.m[0].ouput  unknown key. Did you mean \"output\"?"),
                Arguments.of(
                        "{input: 1, output: 1, from: \"2026-02-01\", until: \"2026-01-01\"}",
                        "4:67  vendors.v.models.m[0].until  \"2026-01-01\"; expected a day after from"),
                Arguments.of(
                        "{input: 1, output: 1, from: \"2026-02-30\"}",
                        "4:46  vendors.v.models.m[0].from  \"2026-02-30\"; expected a day, such as 2026-11-22"),
                Arguments.of(
                        "{input: 1, output: 1, until: \"2026-02-01\"}, {input: 1, output: 1, from: \"2026-01-01\"}",
                        "4:62  vendors.v.models.m[1]  a second price for the same days; expected days that no other entry has"),
                Arguments.of(
                        "{input: 1, output: 1, tiers: [{above: 5, input: 1, output: 1}, {above: 5, input: 1, output: 1}]}",
                        "4:89  vendors.v.models.m[0].tiers[1].above  5; expected more than the tier before it"),
                Arguments.of("", "4:17  vendors.v.models.m  an empty list; expected at least one price"));
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void saysWhereAndWhatIsWrongInAFileOfPrices(String rates, String expected) {
        room.yaml("prices: mine.yaml").file("mine.yaml", """
                vendors:
                  v:
                    source: s
                    models: {m: [%s]}
                    date: "2026-11-01"
                """.formatted(rates));

        assertThat(room.problems()).containsExactly("mine.yaml:" + expected);
    }

    @Test
    void aListWithoutItsPageOrItsDayIsAnError() {
        room.yaml("prices: mine.yaml").file("mine.yaml", "vendors: {v: {models: {\"a*b\": [{input: 1, output: 1}]}}}");

        assertThat(room.problems())
                .containsExactlyInAnyOrder(
                        "mine.yaml:1:14  vendors.v.source  missing; expected text",
                        "mine.yaml:1:14  vendors.v.date  missing; expected a day, such as 2026-11-22",
                        "mine.yaml:1:24  vendors.v.models.a*b  not a name of a model; expected one, or its beginning with * behind it");
    }

    static Stream<Arguments> wrongPrices() {
        return Stream.of(
                Arguments.of("cheap", "1:63  providers.v.price  \"cheap\"; expected free"),
                Arguments.of(
                        "{input: 1}",
                        "1:56  providers.v.price.output  missing; expected US dollars for a million tokens, such as 2.5"),
                Arguments.of(
                        "{tokens: free, input: 1, output: 1}",
                        "1:63  providers.v.price  free and prices; expected one of them"));
    }

    @ParameterizedTest
    @MethodSource("wrongPrices")
    void saysWhereAndWhatIsWrongWithThePriceOfAProvider(String price, String expected) {
        room.yaml("providers: {v: {type: openai, base_url: \"http://v/v1\", price: %s}}".formatted(price));

        assertThat(room.problems()).containsExactly("penstock.yaml:" + expected);
    }

    @Test
    void aPriceOfWhatIsAlwaysFreeIsNotUsed() {
        room.yaml("providers: {d: {type: demo, price: free}}");

        assertThat(room.problems())
                .containsExactly(
                        "penstock.yaml:1:29  providers.d.price  not used by type demo; expected it to be absent");
    }
}
