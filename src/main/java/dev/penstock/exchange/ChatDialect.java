// SPDX-License-Identifier: Apache-2.0
package dev.penstock.exchange;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * How a known server deviates from OpenAI's chat completions. It decides how a conversation is told to that server in a translation; a
 * request that passes as it is stays as it is. Declared here for each server, because a model's name tells who trained a model and not
 * who serves it.
 *
 * <p>Sources, November 2026: the servers' own pages about their compatibility (Groq, Cohere, DeepSeek, Ollama, Mistral), recorded
 * answers (xAI), and errors that their users report (Groq, Cerebras, Mistral).
 */
@SuppressWarnings("ImmutableEnumChecker") // both sets are copies that nobody can change
public enum ChatDialect {
    /** Nothing is known of it: the names of models are the only hint. */
    UNKNOWN(Set.of(Quirk.REASONING_DETAILS), List.of()),
    /** The measure of all others. Its own models differ, and their names tell how. */
    OPENAI(Set.of(), List.of()),
    /** Refuses every field that it does not know with 422. */
    MISTRAL(
            Set.of(
                    Quirk.NINE_CHARACTER_IDS,
                    Quirk.RANDOM_SEED,
                    Quirk.ANY_FOR_REQUIRED,
                    Quirk.THINKING_PARTS,
                    Quirk.PREFIX),
            openAiOnly("logit_bias", "logprobs", "top_logprobs", "user")),
    /** Refuses reasoning in a history with 400. */
    GROQ(Set.of(), openAiOnly("logit_bias", "logprobs", "top_logprobs")),
    DEEPSEEK(
            Set.of(Quirk.REASONING_WITH_CALLS, Quirk.NO_JSON_SCHEMA),
            openAiOnly("logit_bias", "parallel_tool_calls", "seed", "user")),
    OPENROUTER(Set.of(Quirk.REASONING_DETAILS, Quirk.REASONING_BACK, Quirk.REASONING_OBJECT, Quirk.TOP_K), List.of()),
    /** Its {@code logprobs} is a number, and its answer to it has another form. */
    TOGETHER(Set.of(Quirk.TOP_K), openAiOnly("logprobs", "top_logprobs")),
    XAI(Set.of(Quirk.REASONING_OUTSIDE_COMPLETION), openAiOnly("logit_bias")),
    PERPLEXITY(
            Set.of(Quirk.TOP_K),
            openAiOnly(
                    "logit_bias",
                    "logprobs",
                    "parallel_tool_calls",
                    "seed",
                    "tool_choice",
                    "tools",
                    "top_logprobs",
                    "user")),
    /** Refuses reasoning in a history with 400. */
    CEREBRAS(Set.of(), openAiOnly("frequency_penalty", "logit_bias", "presence_penalty")),
    /** The compatibility endpoint, not Cohere's own protocol. */
    COHERE(
            Set.of(Quirk.EFFORT_NONE_OR_HIGH),
            openAiOnly("logit_bias", "logprobs", "parallel_tool_calls", "top_logprobs")),
    /** The compatibility endpoint, not Ollama's own protocol. */
    OLLAMA(
            Set.of(Quirk.REASONING_BACK, Quirk.CONTINUES_LAST_MESSAGE),
            openAiOnly("logit_bias", "parallel_tool_calls", "tool_choice", "user")),
    VLLM(Set.of(Quirk.REASONING_BACK, Quirk.TOP_K, Quirk.CONTINUE_FINAL_MESSAGE), openAiOnly());

    /** One way to deviate. */
    public enum Quirk {
        /** Ids of tool calls are nine letters or digits; any other is refused. */
        NINE_CHARACTER_IDS,
        /** {@code seed} is called {@code random_seed}. */
        RANDOM_SEED,
        /** A tool that must be called, whichever, is {@code any} and not {@code required}. */
        ANY_FOR_REQUIRED,
        /** Reasoning in a history stands in typed parts of the content. */
        THINKING_PARTS,
        /** Reasoning in a history stands in {@code reasoning}. */
        REASONING_BACK,
        /** {@code reasoning_content} must come back in turns with tool calls, or the request is refused, and is ignored in others. */
        REASONING_WITH_CALLS,
        /** {@code reasoning_details} and other opaque pieces that the server issued may come back. */
        REASONING_DETAILS,
        /** How much to think is said in the object {@code reasoning}, which takes a number of tokens too. */
        REASONING_OBJECT,
        /** Of the words for how much to think only {@code none} and {@code high} are taken. */
        EFFORT_NONE_OR_HIGH,
        /** A JSON object can be asked for, but no schema. */
        NO_JSON_SCHEMA,
        /** {@code top_k} is taken, which OpenAI does not have. */
        TOP_K,
        /** {@code reasoning_tokens} are not a part of {@code completion_tokens}. */
        REASONING_OUTSIDE_COMPLETION,
        /** A last message of the assistant is refused unless it says {@code prefix}; the answer then begins with it. */
        PREFIX,
        /** A last message of the assistant is continued when {@code continue_final_message} says so, and answered otherwise. */
        CONTINUE_FINAL_MESSAGE,
        /** A last message of the assistant is continued. */
        CONTINUES_LAST_MESSAGE
    }

    private final Set<Quirk> quirks;
    private final Set<String> unknownFields;

    ChatDialect(Set<Quirk> quirks, List<String> unknownFields) {
        this.quirks = Set.copyOf(quirks);
        this.unknownFields = Set.copyOf(unknownFields);
    }

    /** With the fields that only OpenAI's own service gives a meaning to. */
    private static List<String> openAiOnly(String... more) {
        Set<String> all = new HashSet<>(List.of(more));
        all.addAll(List.of(
                "metadata",
                "prediction",
                "prompt_cache_key",
                "prompt_cache_options",
                "prompt_cache_retention",
                "safety_identifier",
                "service_tier",
                "store",
                "verbosity",
                "web_search_options"));
        return List.copyOf(all);
    }

    public boolean has(Quirk quirk) {
        return quirks.contains(quirk);
    }

    /** Whether the server takes a field of OpenAI's request, at its top level. */
    public boolean takes(String field) {
        return !unknownFields.contains(field);
    }

    /** The name under which its preset stands, such as {@code mistral}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
