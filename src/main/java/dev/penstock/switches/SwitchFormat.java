// SPDX-License-Identifier: Apache-2.0
package dev.penstock.switches;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.penstock.exchange.NoticeText;
import dev.penstock.exchange.SwitchObject;
import dev.penstock.exchange.SwitchRule;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a {@link SwitchNotice} looks on its way to other nodes, on every road that it takes. What arrives may come from a node of
 * another version or from somebody who is no node at all, so it is read as bytes and judged, never as an object.
 *
 * <pre>
 *   1 byte   format, 1
 *   1 byte   bits: 1 enabled, 2 cleared, 4 has an end
 *   1 byte   percent
 *   8 bytes  version
 *   8 bytes  when it was flipped, milliseconds since 1970
 *   8 bytes  when it ends, the same; 0 without an end
 *   4 bytes  grace, milliseconds
 *   4 times  2 bytes length, text in UTF-8: object, node, who, reason
 *   1 byte   number of tenants, and each as such a text
 * </pre>
 */
public final class SwitchFormat {

    /** No notice is longer. */
    public static final int MAX_BYTES = 32 << 10;

    /** More customers than this are not named one by one. */
    public static final int MOST_TENANTS = 100;

    /** Nobody waits longer for a stream that should end. */
    public static final Duration LONGEST_GRACE = Duration.ofHours(1);

    private static final byte FORMAT = 1;
    private static final int FIXED = 3 + 3 * 8 + 4;
    private static final int MAX_TEXT = 1024;
    private static final int MAX_TENANT = 256;
    /** Year 9999: beyond it, a number is a mistake or a trick. */
    private static final long MAX_MILLIS = 253_402_300_799_999L;

    private SwitchFormat() {}

    /** Null for a notice that no node would take. */
    public static byte @Nullable [] write(SwitchNotice notice) {
        StoredSwitch flip = notice.flip();
        Instant until = flip.until();
        ByteBuffer out = ByteBuffer.allocate(MAX_BYTES)
                .put(FORMAT)
                .put((byte) ((flip.enabled() ? 1 : 0) | (flip.cleared() ? 2 : 0) | (until != null ? 4 : 0)))
                .put((byte) flip.percent())
                .putLong(flip.version())
                .putLong(flip.at().toEpochMilli())
                .putLong(until == null ? 0 : until.toEpochMilli())
                .putInt((int) notice.grace().toMillis());
        List<String> texts = List.of(flip.object(), flip.node(), flip.by(), flip.reason());
        if (flip.tenants().size() > MOST_TENANTS
                || texts.stream().anyMatch(text -> text.getBytes(UTF_8).length > MAX_TEXT)
                || flip.tenants().stream().anyMatch(tenant -> tenant.getBytes(UTF_8).length > MAX_TENANT)) {
            return null;
        }
        texts.forEach(text -> NoticeText.write(out, text.getBytes(UTF_8)));
        out.put((byte) flip.tenants().size());
        flip.tenants().forEach(tenant -> NoticeText.write(out, tenant.getBytes(UTF_8)));
        byte[] bytes = new byte[out.position()];
        out.flip().get(bytes);
        return read(bytes) == null ? null : bytes;
    }

    /** Null for anything that is not exactly one well-formed notice. */
    public static @Nullable SwitchNotice read(byte[] bytes) {
        if (bytes.length < FIXED || bytes.length > MAX_BYTES || bytes[0] != FORMAT || (bytes[1] & 0xf8) != 0) {
            return null;
        }
        ByteBuffer in = ByteBuffer.wrap(bytes, 1, bytes.length - 1);
        int bits = in.get();
        int percent = in.get();
        long version = in.getLong();
        long at = in.getLong();
        long until = in.getLong();
        int grace = in.getInt();
        String object = NoticeText.read(in, MAX_TEXT);
        String node = NoticeText.read(in, MAX_TEXT);
        String by = NoticeText.read(in, MAX_TEXT);
        String reason = NoticeText.read(in, MAX_TEXT);
        List<String> tenants = reason == null ? null : tenants(in);
        if (object == null || node == null || by == null || reason == null || tenants == null || in.hasRemaining()) {
            return null;
        }
        boolean ends = (bits & 4) != 0;
        if (SwitchObject.parse(object) == null
                || node.isEmpty()
                || !SwitchRule.isReason(reason)
                || percent < 0
                || percent > 100
                || version < 0
                || version > 2 * MAX_MILLIS
                || isNoMoment(at)
                || (ends ? isNoMoment(until) : until != 0)
                || grace < 0
                || grace > LONGEST_GRACE.toMillis()) {
            return null;
        }
        StoredSwitch flip = new StoredSwitch(
                object,
                (bits & 2) != 0,
                (bits & 1) != 0,
                percent,
                tenants,
                reason,
                by,
                Instant.ofEpochMilli(at),
                ends ? Instant.ofEpochMilli(until) : null,
                version,
                node);
        return new SwitchNotice(flip, Duration.ofMillis(grace));
    }

    private static boolean isNoMoment(long millis) {
        return millis < 0 || millis > MAX_MILLIS;
    }

    private static @Nullable List<String> tenants(ByteBuffer in) {
        int count = in.hasRemaining() ? in.get() : -1;
        if (count < 0 || count > MOST_TENANTS) {
            return null;
        }
        List<String> tenants = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String tenant = NoticeText.read(in, MAX_TENANT);
            if (tenant == null || tenant.isEmpty()) {
                return null;
            }
            tenants.add(tenant);
        }
        return tenants;
    }
}
