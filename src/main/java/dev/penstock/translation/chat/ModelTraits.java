// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.chat;

import dev.penstock.exchange.ChatDialect;
import dev.penstock.exchange.ChatDialect.Quirk;
import java.util.Locale;

/**
 * What is known of the place where a request goes: how its server deviates and, at OpenAI and at servers that nobody has described,
 * what the name of the model tells about the fields that are taken. A name may carry the maker before a slash
 * ({@code openai/gpt-5}), as brokers of models write it.
 *
 * @param dialect of the server
 * @param openAiReasoning OpenAI's o-series and GPT-5 and later: {@code max_tokens} is refused with 400, so are sampling parameters
 *     while the model thinks
 * @param openAiPlain OpenAI's models that do not think and refuse {@code reasoning_effort}
 * @param mistral a guess: refuses {@code stream_options} (422 in several versions; it sends usage unasked) and tool ids other than
 *     nine letters or digits
 * @param deepSeek a guess: 400 when the {@code reasoning_content} of a turn with calls is missing (since V3.2)
 */
record ModelTraits(
        ChatDialect dialect, boolean openAiReasoning, boolean openAiPlain, boolean mistral, boolean deepSeek) {

    private static final String[] MISTRAL = {
        "mistral",
        "ministral",
        "magistral",
        "codestral",
        "devstral",
        "pixtral",
        "mixtral",
        "open-mistral",
        "open-mixtral"
    };

    static ModelTraits of(ChatDialect dialect, String model) {
        boolean unknown = dialect == ChatDialect.UNKNOWN;
        if (!unknown && dialect != ChatDialect.OPENAI) {
            return new ModelTraits(dialect, false, false, false, false);
        }
        String lower = model.toLowerCase(Locale.ROOT);
        String name = lower.substring(lower.lastIndexOf('/') + 1);
        boolean reasoning = isSeries(name) || isGeneration(name);
        return new ModelTraits(
                dialect,
                reasoning,
                !reasoning && (name.startsWith("gpt-3") || name.startsWith("gpt-4") || name.startsWith("chatgpt-4")),
                unknown && isMistral(name),
                unknown && lower.contains("deepseek") && !name.contains("-r1"));
    }

    boolean has(Quirk quirk) {
        return dialect.has(quirk);
    }

    boolean nineCharacterIds() {
        return mistral || has(Quirk.NINE_CHARACTER_IDS);
    }

    /** {@code o1}, {@code o3-mini}, {@code o4-mini}. */
    private static boolean isSeries(String name) {
        return name.length() >= 2
                && name.charAt(0) == 'o'
                && isDigit(name.charAt(1))
                && (name.length() == 2 || name.charAt(2) == '-');
    }

    /** {@code gpt-5} and later, but not the chat models among them, which do not think. */
    private static boolean isGeneration(String name) {
        boolean generation =
                name.startsWith("gpt-") && name.length() > 4 && isDigit(name.charAt(4)) && name.charAt(4) >= '5';
        return generation || name.startsWith("codex-");
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isMistral(String name) {
        for (String prefix : MISTRAL) {
            if (name.startsWith(prefix)) {
                return true;
            }
        }
        return false;
    }
}
