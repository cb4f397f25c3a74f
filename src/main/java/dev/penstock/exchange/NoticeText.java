// SPDX-License-Identifier: Apache-2.0
package dev.penstock.exchange;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import org.jspecify.annotations.Nullable;

/** Texts in what nodes tell each other: two bytes of length, and UTF-8. */
public final class NoticeText {

    private NoticeText() {}

    /**
     * Appends a text.
     *
     * @param text of 65,535 bytes at most
     */
    public static void write(ByteBuffer out, byte[] text) {
        out.putShort((short) text.length).put(text);
    }

    /**
     * Reads the next one. It goes to logs, to clients and to the admin API, so it holds nothing that moves a cursor.
     *
     * @param most bytes
     * @return null for what is no such text
     */
    public static @Nullable String read(ByteBuffer in, int most) {
        if (in.remaining() < 2) {
            return null;
        }
        int length = Short.toUnsignedInt(in.getShort());
        if (length > most || length > in.remaining()) {
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
