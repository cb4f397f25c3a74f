// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.chat;

import dev.penstock.conversation.AnswerInfo;
import dev.penstock.conversation.Carrier;
import dev.penstock.conversation.Citation;
import dev.penstock.conversation.Finish;
import dev.penstock.conversation.Tokens;
import java.util.Locale;

/** The parts of an answer that a stream and a whole one write alike. */
final class AnswerForm {

    private final JsonBytes out;

    AnswerForm(JsonBytes out) {
        this.out = out;
    }

    /** Some clients tell an answer from others by the beginning of its id. */
    static String id(AnswerInfo info) {
        return "chatcmpl-" + info.id();
    }

    static boolean known(Tokens tokens) {
        return tokens.input() >= 0 || tokens.output() >= 0;
    }

    /**
     * An item of {@code reasoning_details}. {@code from} and {@code to} say which characters of the whole reasoning text the carrier
     * signs: without them the blocks of an answer with several could not be told apart again.
     */
    void detail(Carrier carrier, int index, int from, int to) {
        if (CarrierForm.isOwnDetail(carrier)) {
            out.raw(carrier.value());
            return;
        }
        out.raw("{\"type\":\"reasoning.encrypted\",\"data\":").string(carrier.value());
        out.raw(",\"format\":").string(CarrierForm.format(carrier));
        if (carrier.id() != null) {
            out.raw(",\"id\":").string(carrier.id());
        }
        out.raw(",\"index\":").number(index);
        out.raw(",\"from\":").number(from).raw(",\"to\":").number(to).raw("}");
    }

    /** The member {@code extra_content} of a tool call. */
    void extraContent(Carrier carrier) {
        out.raw("\"extra_content\":{");
        if (CarrierForm.isGoogle(carrier)) {
            out.raw("\"google\":{\"thought_signature\":")
                    .string(carrier.value())
                    .raw("}}");
            return;
        }
        out.raw("\"penstock\":{\"origin\":").string(carrier.origin().name().toLowerCase(Locale.ROOT));
        out.raw(",\"kind\":").string(carrier.kind());
        out.raw(",\"value\":").string(carrier.value());
        if (carrier.id() != null) {
            out.raw(",\"id\":").string(carrier.id());
        }
        out.raw("}}");
    }

    void annotation(Citation citation, String url) {
        out.raw("{\"type\":\"url_citation\",\"url_citation\":{\"url\":").string(url);
        // Required by the clients' types: a source without title is named by its address.
        out.raw(",\"title\":").string(citation.title() == null ? url : citation.title());
        out.raw(",\"start_index\":").number(Math.max(0, citation.from()));
        out.raw(",\"end_index\":").number(Math.max(0, citation.to()));
        if (citation.quote() != null) {
            out.raw(",\"content\":").string(citation.quote());
        }
        out.raw("}}");
    }

    /**
     * The finish reason, and beside it what it cannot say, under names that clients know from OpenRouter
     * ({@code native_finish_reason}) and vLLM ({@code stop_reason}).
     */
    void finish(Finish finish) {
        String word = FinishWords.word(finish.reason());
        out.raw("\"finish_reason\":").string(word);
        if (!finish.nativeWord().isEmpty() && !finish.nativeWord().equals(word)) {
            out.raw(",\"native_finish_reason\":").string(finish.nativeWord());
        }
        if (finish.stopSequence() != null) {
            out.raw(",\"stop_reason\":").string(finish.stopSequence());
        }
    }

    /** The member {@code usage}. Cached tokens are a part of the prompt, reasoning is a part of the completion. */
    void usage(Tokens tokens) {
        long input = Math.max(0, tokens.input());
        long output = Math.max(0, tokens.output());
        out.raw("\"usage\":{\"prompt_tokens\":").number(input);
        out.raw(",\"completion_tokens\":").number(output);
        out.raw(",\"total_tokens\":").number(input + output);
        out.raw(",\"prompt_tokens_details\":{\"cached_tokens\":").number(Math.max(0, tokens.cacheRead()));
        if (tokens.cacheWrite() > 0) {
            out.raw(",\"cache_write_tokens\":").number(tokens.cacheWrite());
        }
        out.raw("},\"completion_tokens_details\":{\"reasoning_tokens\":").number(Math.max(0, tokens.reasoning()));
        out.raw("}}");
    }
}
