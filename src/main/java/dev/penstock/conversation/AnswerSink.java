// SPDX-License-Identifier: Apache-2.0
package dev.penstock.conversation;

import dev.penstock.exchange.GatewayError;

/**
 * Hears an answer as it comes. {@link #start} is first and {@link #end} last, each once; after {@link #failed} nothing comes.
 * {@link #finish} comes once before {@code end}; {@link #usage} may come several times, later calls completing earlier ones. Kinds of
 * content may alternate; a change of kind ends the block before it. Tool calls are numbered from 0 in the order of their
 * begin, over the whole answer; their pieces may interleave. Pieces are never empty. Used by one thread, per event: an
 * implementation builds no tree and waits for nothing.
 */
public interface AnswerSink {

    /**
     * The answer begins.
     *
     * @param id the provider's, may be empty
     * @param model the provider's name of the model, may be empty
     */
    void start(String id, String model);

    void text(String piece);

    /** Readable reasoning. */
    void thought(String piece);

    /** Ends the thought before it, or is one of its own without words. */
    void thoughtCarrier(Carrier carrier);

    /** The model declines. */
    void refusal(String piece);

    /**
     * A tool call begins.
     *
     * @param call from 0, each once
     * @param id as the provider made it, or made by the reader where the provider makes none
     */
    void toolStart(int call, String id, String name);

    /** A piece of the JSON text of the arguments, cut anywhere. */
    void toolArguments(int call, String piece);

    /** Belongs to the call. Before its end. */
    void toolCarrier(int call, Carrier carrier);

    /** The arguments are complete; without any piece they are {@code {}}. */
    void toolEnd(int call);

    /**
     * How probable the tokens of the text were that has come since the last such call. For whoever asked; a client's schema without a
     * place for it says nothing.
     *
     * @param tokens in the words that OpenAI's schemas share and most servers copied: a JSON array without line ends, never empty, of
     *     objects with {@code token}, {@code logprob} (natural logarithm), {@code bytes} and {@code top_logprobs}. It goes through as
     *     text because it is long, is looked at by nobody on the way, and its numbers must not be rounded
     */
    default void logprobs(String tokens) {}

    /** A source that the answer names. */
    void citation(Citation citation);

    void finish(Finish finish);

    void usage(Tokens tokens);

    /** The provider has said its last word, in order. */
    void end();

    /** The provider reports an error in the place of the rest. */
    void failed(GatewayError error);
}
