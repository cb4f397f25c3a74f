// SPDX-License-Identifier: Apache-2.0
package dev.penstock.resilience;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.penstock.exchange.NoticeText;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a {@link BreakerNotice} looks on its way to other nodes, on every road that it takes. What arrives may come from a node
 * of another version or from somebody who is no node at all, so it is read as bytes and judged, never as an object.
 *
 * <pre>
 *   1 byte   format, 1
 *   1 byte   0 closed, 1 open
 *   8 bytes  version
 *   8 bytes  remaining, milliseconds
 *   3 times  2 bytes length, text in UTF-8: breaker, node, reason
 * </pre>
 */
public final class NoticeFormat {

    /** No notice is longer. */
    public static final int MAX_BYTES = 4096;

    private static final byte FORMAT = 1;
    private static final int FIXED = 1 + 1 + 8 + 8;
    private static final int MAX_NAME_BYTES = 1024;
    private static final int MAX_REASON_BYTES = 512;
    /** Longer than any breaker stays open; beyond it, a number is a mistake or a trick. */
    private static final Duration MAX_REMAINING = Duration.ofDays(1);

    private NoticeFormat() {}

    /** Null for a notice that no node would take, as one about a name of thousands of characters. A long reason is cut. */
    public static byte @Nullable [] write(BreakerNotice notice) {
        byte[] breaker = notice.breaker().getBytes(UTF_8);
        byte[] node = notice.node().getBytes(UTF_8);
        byte[] reason = cut(notice.reason());
        if (breaker.length > MAX_NAME_BYTES || node.length > MAX_NAME_BYTES) {
            return null;
        }
        ByteBuffer out = ByteBuffer.allocate(FIXED + 3 * 2 + breaker.length + node.length + reason.length)
                .put(FORMAT)
                .put((byte) (notice.open() ? 1 : 0))
                .putLong(notice.version())
                .putLong(clamp(notice.remaining()).toMillis());
        NoticeText.write(out, breaker);
        NoticeText.write(out, node);
        NoticeText.write(out, reason);
        return out.array();
    }

    /** Null for anything that is not exactly one well-formed notice. */
    public static @Nullable BreakerNotice read(byte[] bytes) {
        if (bytes.length < FIXED || bytes.length > MAX_BYTES || bytes[0] != FORMAT || (bytes[1] & 0xfe) != 0) {
            return null;
        }
        ByteBuffer in = ByteBuffer.wrap(bytes, 1, bytes.length - 1);
        boolean open = in.get() == 1;
        long version = in.getLong();
        long remaining = in.getLong();
        String breaker = NoticeText.read(in, MAX_NAME_BYTES);
        String node = NoticeText.read(in, MAX_NAME_BYTES);
        String reason = NoticeText.read(in, MAX_REASON_BYTES);
        if (breaker == null || node == null || reason == null || in.hasRemaining()) {
            return null;
        }
        if (breaker.isEmpty() || node.isEmpty() || remaining < 0 || remaining > MAX_REMAINING.toMillis()) {
            return null;
        }
        return new BreakerNotice(breaker, open, Duration.ofMillis(remaining), reason, node, version);
    }

    private static Duration clamp(Duration remaining) {
        if (remaining.isNegative()) {
            return Duration.ZERO;
        }
        return remaining.compareTo(MAX_REMAINING) > 0 ? MAX_REMAINING : remaining;
    }

    /** At the border of a character. */
    private static byte[] cut(String reason) {
        byte[] bytes = reason.getBytes(UTF_8);
        if (bytes.length <= MAX_REASON_BYTES) {
            return bytes;
        }
        int end = MAX_REASON_BYTES;
        while ((bytes[end] & 0xc0) == 0x80) {
            end--;
        }
        return java.util.Arrays.copyOf(bytes, end);
    }
}
