// SPDX-License-Identifier: Apache-2.0
package dev.penstock.sse;

import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Usage;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the whole events of one provider's stream, one after another. What it does not translate goes to the client as it
 * came. One instance per stream; not thread-safe.
 */
public interface EventReader {

    /** Non-empty text, reasoning, refusal, tool or function call, audio or image. */
    int CONTENT = 1;
    /** A finish reason that is neither null nor empty. */
    int FINISH = 2;
    /** The event holds usage. */
    int USAGE = 4;
    /** Usage and nothing else, which the client may not have asked for. */
    int USAGE_ONLY = 8;
    /** The schema's terminal marker: nothing comes after this event. */
    int DONE = 16;
    /** The provider reports an error; {@link #error()} has it. */
    int ERROR = 32;
    /** A sign of life without data. */
    int COMMENT = 64;
    /** Not in the schema at all. */
    int MALFORMED = 128;
    /** A part of the content is a tool or function call. */
    int TOOL = 256;

    /**
     * Looks at the event in {@code bytes[from, to)}, a slice as the framer cuts it.
     *
     * @return the flags that apply
     */
    int read(byte[] bytes, int from, int to);

    /** The usage seen last, in normal form; null when the provider has not counted. */
    @Nullable
    Usage usage();

    /** The provider's own word for the end of the answer, or null. */
    @Nullable
    String finishReason();

    /** Bytes of text, reasoning and tool arguments so far: the basis of an estimate. */
    long contentBytes();

    /** Whether the answer is complete by the rules of its schema, should the bytes end here. */
    boolean complete();

    /** After {@link #ERROR}: what the provider said, safe to pass on. */
    @Nullable
    GatewayError error();

    /**
     * The event that tells the client of an error after the head has gone out, where its form depends on the events before it.
     *
     * @return one whole event or several, or null when any error event of the client's schema will do
     */
    default byte @Nullable [] errorEvent(GatewayError error, String requestId) {
        return null;
    }
}
