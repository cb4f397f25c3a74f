// SPDX-License-Identifier: Apache-2.0
package dev.penstock.sse;

import dev.penstock.exchange.Usage;
import org.jspecify.annotations.Nullable;

/** Can end an answer before its provider does, in the client's schema and as that schema ends one that is as long as it may be. */
public interface EndingReader extends EventReader {

    /**
     * Ends the answer behind the event that was read last, which had content. Nothing is read any more.
     *
     * @param bytes that event, in {@code bytes[from, to)} as it was read
     * @param used what the answer took so far, for clients that are told
     * @return whole events, the terminal marker last; null where the answer cannot be ended well at this place
     */
    byte @Nullable [] limited(byte[] bytes, int from, int to, Usage used);
}
