// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.penstock.config.NetworkBlock;
import dev.penstock.config.PublicId;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a {@link StoredKey} looks on its way to other nodes. There is no secret in it: only who knows the key and the pepper can make
 * the digest. What arrives may come from a node of another version or from somebody who is no node at all, so it is read as bytes
 * and judged, never as an object.
 *
 * <pre>
 *   1 byte   format, 1
 *   1 byte   bits: 1 expires, 2 revoked
 *   8 bytes  created, milliseconds since 1970
 *   8 bytes  when it expires, the same; 0 where it does not
 *   8 bytes  when it was revoked, the same; 0 where it was not
 *   32 bytes digest
 *   4 times  2 bytes length, text in UTF-8: public id, tenant, role, replaced by
 *   3 times  2 bytes number, and each as such a text: models, features, networks
 * </pre>
 */
public final class KeyFormat {

    /** No key that the admin API takes is longer. */
    public static final int MAX_BYTES = 128 << 10;

    private static final byte FORMAT = 1;
    private static final int DIGEST = 32;
    private static final int FIXED = 2 + 3 * 8 + DIGEST;
    private static final int MOST_NAMES = 1000;
    /** Year 9999: beyond it, a number is a mistake or a trick. */
    private static final long MAX_MILLIS = 253_402_300_799_999L;

    private KeyFormat() {}

    /** Null for a key that no node would take. */
    public static byte @Nullable [] write(StoredKey key) {
        List<String> names = List.of(key.publicId(), key.tenant(), key.role(), key.replacedBy());
        List<List<String>> lists = List.of(key.models(), key.features(), key.ips());
        if (key.hmac().length != DIGEST || size(names, lists) > MAX_BYTES) {
            return null;
        }
        Instant expires = key.expires();
        Instant revoked = key.revoked();
        ByteBuffer out = ByteBuffer.allocate(size(names, lists))
                .put(FORMAT)
                .put((byte) ((expires != null ? 1 : 0) | (revoked != null ? 2 : 0)))
                .putLong(key.created().toEpochMilli())
                .putLong(expires == null ? 0 : expires.toEpochMilli())
                .putLong(revoked == null ? 0 : revoked.toEpochMilli())
                .put(key.hmac());
        names.forEach(text -> text(out, text));
        lists.forEach(list -> {
            out.putShort((short) list.size());
            list.forEach(text -> text(out, text));
        });
        return read(out.array()) == null ? null : out.array();
    }

    private static int size(List<String> names, List<List<String>> lists) {
        int size = FIXED + names.stream().mapToInt(KeyFormat::size).sum();
        return size
                + lists.stream()
                        .mapToInt(list ->
                                2 + list.stream().mapToInt(KeyFormat::size).sum())
                        .sum();
    }

    private static int size(String text) {
        return 2 + text.getBytes(UTF_8).length;
    }

    /** Null for anything that is not exactly one well-formed key. */
    public static @Nullable StoredKey read(byte[] bytes) {
        if (bytes.length < FIXED || bytes.length > MAX_BYTES || bytes[0] != FORMAT || (bytes[1] & 0xfc) != 0) {
            return null;
        }
        ByteBuffer in = ByteBuffer.wrap(bytes, 2, bytes.length - 2);
        long created = in.getLong();
        long expires = in.getLong();
        long revoked = in.getLong();
        byte[] digest = new byte[DIGEST];
        in.get(digest);
        String id = text(in);
        String tenant = text(in);
        String role = text(in);
        String replacedBy = text(in);
        List<String> models = list(in);
        List<String> features = list(in);
        List<String> ips = list(in);
        if (id == null
                || tenant == null
                || role == null
                || replacedBy == null
                || models == null
                || features == null
                || ips == null
                || in.hasRemaining()
                || !id.equals(PublicId.of(PublicId.join(id, "-")))
                || isNoMoment(created)
                || ((bytes[1] & 1) == 0 ? expires != 0 : isNoMoment(expires))
                || ((bytes[1] & 2) == 0 ? revoked != 0 : isNoMoment(revoked))
                || !ips.stream().allMatch(KeyFormat::isNetwork)) {
            return null;
        }
        return new StoredKey(
                id,
                digest,
                tenant,
                role,
                Instant.ofEpochMilli(created),
                (bytes[1] & 1) == 0 ? null : Instant.ofEpochMilli(expires),
                models,
                features,
                ips,
                (bytes[1] & 2) == 0 ? null : Instant.ofEpochMilli(revoked),
                replacedBy);
    }

    private static boolean isNoMoment(long millis) {
        return millis < 0 || millis > MAX_MILLIS;
    }

    private static boolean isNetwork(String text) {
        try {
            NetworkBlock.of(text);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static @Nullable List<String> list(ByteBuffer in) {
        int count = in.remaining() < 2 ? -1 : in.getShort();
        if (count < 0 || count > MOST_NAMES) {
            return null;
        }
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String text = text(in);
            if (text == null || text.isEmpty()) {
                return null;
            }
            texts.add(text);
        }
        return texts;
    }

    private static void text(ByteBuffer out, String text) {
        byte[] bytes = text.getBytes(UTF_8);
        out.putShort((short) bytes.length).put(bytes);
    }

    /** It goes to logs and to the admin API, so it holds nothing that moves a cursor. */
    private static @Nullable String text(ByteBuffer in) {
        if (in.remaining() < 2) {
            return null;
        }
        int length = Short.toUnsignedInt(in.getShort());
        if (length > in.remaining()) {
            return null;
        }
        ByteBuffer slice = in.slice(in.position(), length);
        in.position(in.position() + length);
        try {
            String text = UTF_8.newDecoder().decode(slice).toString();
            return text.chars().anyMatch(Character::isISOControl) ? null : text;
        } catch (CharacterCodingException e) {
            return null;
        }
    }
}
