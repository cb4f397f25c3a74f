// SPDX-License-Identifier: Apache-2.0
package dev.penstock.accounting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.exchange.ModelPrice;
import dev.penstock.exchange.PriceBook;
import dev.penstock.exchange.ProviderPrices;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.TokenPrices;
import dev.penstock.exchange.Usage;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What calls cost: found by name and day, exact to the nano-dollar, and unpriced rather than guessed. */
final class PriceTableTest {

    private static final Instant NOW = Instant.parse("2026-11-22T00:00:00Z");
    /** Two dollars, ten cents, four dollars, eight dollars and nine. */
    private static final TokenPrices PRICES =
            new TokenPrices(2_000_000_000L, 100_000_000L, 4_000_000_000L, 8_000_000_000L, 9_000_000_000L);

    private static ModelPrice always(TokenPrices prices) {
        return new ModelPrice(Instant.MIN, Instant.MAX, prices, List.of(), "a page", "2026-11-22");
    }

    private static TokenPrices flat(long nanos) {
        return new TokenPrices(nanos, nanos, nanos, nanos, nanos);
    }

    private static PriceTable table(Map<String, List<ModelPrice>> models) {
        return new PriceTable(Map.of("p", new ProviderPrices.Listed(models)));
    }

    private static Target at(String model) {
        return new Target("p", model);
    }

    @Test
    void eachClassOfTokensHasItsPrice() {
        PriceTable table = table(Map.of("m", List.of(always(PRICES))));

        long cost = table.nanoUsd(at("m"), new Usage(1000, 300, 500, 200, false, 100), NOW);

        // 600 plain, 300 cached, 100 written, 300 said, 200 thought
        assertThat(cost).isEqualTo(600 * 2000 + 300 * 100 + 100 * 4000 + 300 * 8000 + 200 * 9000);
        assertThat(table.nanoUsdPerPromptToken(at("m"), 10, NOW)).isEqualTo(2000);
        assertThat(table.nanoUsdPerOutputToken(at("m"), 10, NOW)).isEqualTo(9000);
    }

    @Test
    void aPartOfANanoDollarIsAWholeOneOncePerCall() {
        PriceTable table = table(Map.of("m", List.of(always(flat(1)))));

        assertThat(table.nanoUsd(at("m"), Usage.estimated(1, 1), NOW)).isEqualTo(1);
        assertThat(table.nanoUsd(at("m"), Usage.estimated(500_000, 500_000), NOW))
                .isEqualTo(1);
        assertThat(table.nanoUsd(at("m"), Usage.estimated(500_000, 500_001), NOW))
                .isEqualTo(2);
        assertThat(table.nanoUsd(at("m"), Usage.NONE, NOW)).isZero();
        assertThat(table.nanoUsdPerPromptToken(at("m"), 1, NOW)).isEqualTo(1);
    }

    @Test
    void agreesWithExactArithmeticAndNeverGetsCheaperByMoreTokens() {
        SplittableRandom random = new SplittableRandom(20261122);
        for (int i = 0; i < 20_000; i++) {
            TokenPrices prices =
                    new TokenPrices(price(random), price(random), price(random), price(random), price(random));
            long input = tokens(random);
            long output = tokens(random);
            long cached = random.nextLong(input + 1);
            long written = random.nextLong(input - cached + 1);
            long thought = random.nextLong(output + 1);
            Usage usage = new Usage(input, cached, output, thought, false, written);

            long cost = prices.of(usage);

            BigDecimal exact = part(input - cached - written, prices.input())
                    .add(part(cached, prices.cachedInput()))
                    .add(part(written, prices.cacheWrite()))
                    .add(part(output - thought, prices.output()))
                    .add(part(thought, prices.reasoning()));
            assertThat(cost).isEqualTo(exact.setScale(0, RoundingMode.CEILING).longValueExact());
            Usage more = new Usage(input + 1, cached, output, thought, false, written);
            assertThat(prices.of(more)).isGreaterThanOrEqualTo(cost);
        }
    }

    private static long price(SplittableRandom random) {
        return random.nextLong(1L << random.nextInt(1, 40)) % (TokenPrices.DEAREST + 1);
    }

    private static long tokens(SplittableRandom random) {
        return random.nextLong(1L << random.nextInt(1, 23));
    }

    private static BigDecimal part(long tokens, long price) {
        return BigDecimal.valueOf(tokens).multiply(BigDecimal.valueOf(price)).movePointLeft(6);
    }

    @Test
    void whatALongCannotHoldIsTheMost() {
        TokenPrices dearest = flat(TokenPrices.DEAREST);

        assertThat(dearest.of(Usage.estimated(Long.MAX_VALUE, 0))).isEqualTo(Long.MAX_VALUE);
        assertThat(dearest.of(Usage.estimated(1_000_000_000_000L, 1_000_000_000_000L)))
                .isEqualTo(2_000_000_000_000_000_000L);
        assertThatThrownBy(() -> flat(TokenPrices.DEAREST + 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> flat(-1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aLargePromptMakesAllTokensDearer() {
        ModelPrice price = new ModelPrice(
                Instant.MIN,
                Instant.MAX,
                flat(1_000_000),
                List.of(new ModelPrice.Tier(200, flat(2_000_000)), new ModelPrice.Tier(500, flat(5_000_000))),
                "a page",
                "2026-11-22");
        PriceTable table = table(Map.of("m", List.of(price)));

        assertThat(table.nanoUsd(at("m"), Usage.estimated(200, 10), NOW)).isEqualTo(210);
        assertThat(table.nanoUsd(at("m"), Usage.estimated(201, 10), NOW)).isEqualTo(422);
        assertThat(table.nanoUsd(at("m"), Usage.reported(501, 501, 10, 0), NOW)).isEqualTo(2555);
        assertThat(table.nanoUsdPerPromptToken(at("m"), 200, NOW)).isEqualTo(1);
        assertThat(table.nanoUsdPerOutputToken(at("m"), 201, NOW)).isEqualTo(2);
        assertThatThrownBy(() -> new ModelPrice(
                        Instant.MIN,
                        Instant.MAX,
                        PRICES,
                        List.of(new ModelPrice.Tier(5, PRICES), new ModelPrice.Tier(5, PRICES)),
                        "",
                        ""))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void thePriceIsThatOfTheMomentAtWhichTheExchangeBegan() {
        Instant change = Instant.parse("2026-10-07T00:00:00Z");
        Instant end = Instant.parse("2027-01-01T00:00:00Z");
        PriceTable table = table(Map.of(
                "m",
                List.of(
                        new ModelPrice(Instant.MIN, change, flat(1_000_000), List.of(), "", ""),
                        new ModelPrice(change, end, flat(3_000_000), List.of(), "", ""))));

        assertThat(table.nanoUsd(at("m"), Usage.estimated(1, 0), change.minusNanos(1)))
                .isEqualTo(1);
        assertThat(table.nanoUsd(at("m"), Usage.estimated(1, 0), change)).isEqualTo(3);
        assertThat(table.nanoUsd(at("m"), Usage.estimated(1, 0), end)).isEqualTo(PriceBook.UNPRICED);
    }

    @ParameterizedTest
    @CsvSource({
        "gpt-4o, 1",
        "gpt-4o-2024-08-06, 1",
        "gpt-4o-20240806, 1",
        "gpt-4o@20240806, 1",
        "gpt-4o-latest, 1",
        "gpt-4o-mini, 2",
        "gpt-4o-mini-2024-07-18, 2",
        "gpt-4o-2024-05-13, 3",
        "gpt-4o-audio-preview, -1",
        "gpt-4o-0806, -1",
        "gpt-4o-1924-08-06, -1",
        "gpt-4o-2024x08-06, -1",
        "gpt-4, -1",
        "gpt-4oo, -1",
        "ft:gpt-4o, -1",
        "open-a, 4",
        "open-mix-1, 5",
        "open-mix-2411, 5",
        "open, -1",
        "-latest, -1"
    })
    void aModelIsFoundByItsNameThenWithoutItsDateThenByABeginningThatIsMarked(String model, long expected) {
        PriceTable table = table(Map.of(
                "gpt-4o", List.of(always(flat(1_000_000))),
                "gpt-4o-mini", List.of(always(flat(2_000_000))),
                "gpt-4o-2024-05-13", List.of(always(flat(3_000_000))),
                "open-*", List.of(always(flat(4_000_000))),
                "open-mix-*", List.of(always(flat(5_000_000)))));

        assertThat(table.nanoUsd(at(model), Usage.estimated(1, 0), NOW)).isEqualTo(expected);
    }

    @Test
    void freeProvidersCostNothingAndUnknownOnesAreUnpriced() {
        PriceTable table =
                new PriceTable(Map.of("demo", ProviderPrices.FREE, "vllm", new ProviderPrices.Same(flat(1_000_000))));
        Usage usage = Usage.reported(10, 0, 10, 0);

        assertThat(table.nanoUsd(new Target("demo", "any"), usage, NOW)).isZero();
        assertThat(table.nanoUsdPerPromptToken(new Target("demo", "any"), 1, NOW))
                .isZero();
        assertThat(table.nanoUsd(new Target("vllm", "any"), usage, NOW)).isEqualTo(20);
        assertThat(table.nanoUsd(new Target("other", "any"), usage, NOW)).isEqualTo(PriceBook.UNPRICED);
        assertThat(table.nanoUsdPerPromptToken(new Target("other", "any"), 1, NOW))
                .isEqualTo(PriceBook.UNPRICED);
        assertThat(table.nanoUsdPerOutputToken(new Target("other", "any"), 1, NOW))
                .isEqualTo(PriceBook.UNPRICED);
    }

    @Test
    void aBookWithoutATableEstimatesByOneToken() {
        PriceBook book = (target, usage, at) -> usage.inputTokens() * 3 + usage.outputTokens() * 7;

        assertThat(book.nanoUsdPerPromptToken(at("m"), 100, NOW)).isEqualTo(3);
        assertThat(book.nanoUsdPerOutputToken(at("m"), 100, NOW)).isEqualTo(7);
        assertThat(PriceBook.EMPTY.nanoUsdPerPromptToken(at("m"), 1, NOW)).isEqualTo(PriceBook.UNPRICED);
    }
}
