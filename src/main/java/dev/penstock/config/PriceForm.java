// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The shape of a file of prices, and of {@code providers.<name>.price}. All prices are US dollars for a million tokens. */
final class PriceForm {

    private static final String DEAREST = "1000";

    private PriceForm() {}

    /** The whole file. */
    record File(
            @Key(value = "Version of this file's format.", def = "1", min = "1", max = "1")
            int version,

            @Key(
                    "Prices by the provider that takes them: a name of the configuration, or that of a well-known service.")
            Map<String, Vendor> vendors) {}

    /** One entry of {@code vendors}. */
    record Vendor(
            @Key(value = "The page that the prices stand on.", required = true) @Nullable
            String source,

            @Key(value = "When they stood there.", required = true) @Nullable
            Day date,

            @Key("Prices by model. A name that ends in * is the beginning of names.")
            Map<String, Model> models) {}

    /** One entry of {@code vendors.<name>.models}. */
    @ShortForm(value = "rates", forms = "a list of prices, one for each time that they held")
    record Model(
            @Key(value = "One for each time that they held.", required = true) @Nullable
            List<@Nullable Rate> rates) {}

    /** What a model costs at a time. */
    record Rate(
            @Key(value = "Tokens of the prompt.", required = true, min = "0", max = DEAREST) @Nullable
            Usd input,

            @Key(value = "Those read from the provider's cache.", unset = "input", min = "0", max = DEAREST) @Nullable
            Usd cachedInput,

            @Key(value = "Those written to it.", unset = "input", min = "0", max = DEAREST) @Nullable
            Usd cacheWrite,

            @Key(value = "Tokens of the answer.", required = true, min = "0", max = DEAREST) @Nullable
            Usd output,

            @Key(value = "Those of reasoning.", unset = "output", min = "0", max = DEAREST) @Nullable
            Usd reasoning,

            @Key(value = "Other prices for all tokens of calls with larger prompts.", unset = "none") @Nullable
            List<@Nullable Tier> tiers,

            @Key(value = "The first day, UTC.", unset = "ever since") @Nullable
            Day from,

            @Key(value = "The day after the last one.", unset = "until further notice") @Nullable
            Day until,

            @Key(value = "Where it stands, if elsewhere than the others.", unset = "the vendor's source") @Nullable
            String source,

            @Key(value = "When it stood there.", unset = "the vendor's date") @Nullable
            Day date) {}

    /** Prices above a size of the prompt. */
    record Tier(
            @Key(value = "Prompts of more tokens than these.", required = true, min = "1", max = "1000M") @Nullable
            Count above,

            @Key(value = "Tokens of the prompt.", required = true, min = "0", max = DEAREST) @Nullable
            Usd input,

            @Key(value = "Those read from the provider's cache.", unset = "input", min = "0", max = DEAREST) @Nullable
            Usd cachedInput,

            @Key(value = "Those written to it.", unset = "input", min = "0", max = DEAREST) @Nullable
            Usd cacheWrite,

            @Key(value = "Tokens of the answer.", required = true, min = "0", max = DEAREST) @Nullable
            Usd output,

            @Key(value = "Those of reasoning.", unset = "output", min = "0", max = DEAREST) @Nullable
            Usd reasoning) {}

    /** The section {@code providers.<name>.price}. */
    @ShortForm(value = "tokens", forms = "free, or a map with input and output")
    record OfProvider(
            @Key(value = "free: nothing is paid for them.", unset = "as below") @Nullable
            Free tokens,

            @Key(
                    value = "US dollars for a million tokens of the prompt.",
                    unset = "required where it is not free",
                    min = "0",
                    max = DEAREST)
            @Nullable
            Usd input,

            @Key(value = "Those read from the provider's cache.", unset = "input", min = "0", max = DEAREST) @Nullable
            Usd cachedInput,

            @Key(value = "Those written to it.", unset = "input", min = "0", max = DEAREST) @Nullable
            Usd cacheWrite,

            @Key(
                    value = "US dollars for a million tokens of the answer.",
                    unset = "required where it is not free",
                    min = "0",
                    max = DEAREST)
            @Nullable
            Usd output,

            @Key(value = "Those of reasoning.", unset = "output", min = "0", max = DEAREST) @Nullable
            Usd reasoning) {}

    /** The word for nothing. */
    enum Free {
        FREE
    }
}
