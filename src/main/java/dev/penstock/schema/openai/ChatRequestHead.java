// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema.openai;

import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What Penstock reads of a chat request, and where in the body it stands, so that {@link ChatRequestSplicer} can change it
 * without touching anything else.
 */
public final class ChatRequestHead {

    /** Bytes {@code [from, to)} of the body. */
    record Span(int from, int to) {

        int length() {
            return to - from;
        }
    }

    /**
     * The value of {@code stream_options}.
     *
     * @param value the whole value
     * @param object false when the value is {@code null}
     * @param empty an object without a member
     * @param includeUsageValues the value of each {@code include_usage} in it
     */
    record StreamOptions(Span value, boolean object, boolean empty, List<Span> includeUsageValues) {}

    private final String model;
    private final Span modelValue;
    private final boolean stream;
    private final boolean includeUsage;
    private final @Nullable StreamOptions streamOptions;
    private final long promptBytes;
    private final OptionalLong maxTokens;
    private final int n;

    ChatRequestHead(
            String model,
            Span modelValue,
            boolean stream,
            boolean includeUsage,
            @Nullable StreamOptions streamOptions,
            long promptBytes,
            OptionalLong maxTokens,
            int n) {
        this.model = model;
        this.modelValue = modelValue;
        this.stream = stream;
        this.includeUsage = includeUsage;
        this.streamOptions = streamOptions;
        this.promptBytes = promptBytes;
        this.maxTokens = maxTokens;
        this.n = n;
    }

    /** The model name as the client means it, escapes resolved. */
    public String model() {
        return model;
    }

    public boolean stream() {
        return stream;
    }

    /** Whether the client asked for the usage chunk at the end of its stream. */
    public boolean includeUsage() {
        return includeUsage;
    }

    /** Whether {@code stream_options} stands in the body, be it {@code null}. */
    public boolean streamOptionsPresent() {
        return streamOptions != null;
    }

    /** Raw bytes of the text in messages, tools and response format: the basis of an estimate. */
    public long promptBytes() {
        return promptBytes;
    }

    /** {@code max_completion_tokens}, or else {@code max_tokens}. */
    public OptionalLong maxTokens() {
        return maxTokens;
    }

    /** How many choices the client asked for. */
    public int n() {
        return n;
    }

    Span modelValue() {
        return modelValue;
    }

    @Nullable
    StreamOptions streamOptions() {
        return streamOptions;
    }
}
