// SPDX-License-Identifier: Apache-2.0
package dev.penstock.pipeline;

import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The media types of streams, and bodies without a copy. */
final class MediaTypes {

    private MediaTypes() {}

    static boolean isEventStream(@Nullable String contentType) {
        return begins(contentType, "text/event-stream");
    }

    static boolean isAwsEventStream(@Nullable String contentType) {
        return begins(contentType, "application/vnd.amazon.eventstream");
    }

    /** A JSON value per line. No name of it is registered; Ollama sends the first. */
    static boolean isLines(@Nullable String contentType) {
        return begins(contentType, "application/x-ndjson") || begins(contentType, "application/ndjson");
    }

    /** {@code Buffer.buffer(byte[])} would copy. */
    static Buffer wrap(byte[] bytes) {
        return BufferInternal.buffer(Unpooled.wrappedBuffer(bytes));
    }

    private static boolean begins(@Nullable String contentType, String type) {
        return contentType != null && contentType.toLowerCase(Locale.ROOT).startsWith(type);
    }
}
