// SPDX-License-Identifier: Apache-2.0
package dev.penstock.streaming;

import io.vertx.core.buffer.Buffer;

/** What the two bytes of a CRLF are when the network has parted them. */
final class LineEnds {

    private LineEnds() {}

    /** The LF of a CRLF whose CR has already ended the last event: no beginning of anything. */
    static boolean isNothingElse(byte[] bytes, int length) {
        for (int i = 0; i < length; i++) {
            if (bytes[i] != '\n' && bytes[i] != '\r') {
                return false;
            }
        }
        return true;
    }

    /** Whether the blank line came as a bare CR from a provider whose other lines end with CRLF. */
    static boolean endsInsideCrlf(Buffer event) {
        int last = event.length() - 1;
        return last >= 2
                && event.getByte(last) == '\r'
                && event.getByte(last - 1) == '\n'
                && event.getByte(last - 2) == '\r';
    }
}
