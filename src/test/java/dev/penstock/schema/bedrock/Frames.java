// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema.bedrock;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;

/** Builds frames of an AWS event stream, sound ones and ones that lie, and cuts streams into chunks. */
public final class Frames {

    private Frames() {}

    public static byte[] event(String type, String json) {
        return frame(
                join(
                        header(":event-type", type),
                        header(":content-type", "application/json"),
                        header(":message-type", "event")),
                json.getBytes(StandardCharsets.UTF_8));
    }

    public static byte[] exception(String type, String json) {
        return frame(
                join(
                        header(":exception-type", type),
                        header(":content-type", "application/json"),
                        header(":message-type", "exception")),
                json.getBytes(StandardCharsets.UTF_8));
    }

    public static byte[] error(String code, String message) {
        return frame(
                join(header(":message-type", "error"), header(":error-code", code), header(":error-message", message)),
                new byte[0]);
    }

    /** A header with a string. */
    public static byte[] header(String name, String value) {
        byte[] text = value.getBytes(StandardCharsets.UTF_8);
        byte[] length = {(byte) (text.length >> 8), (byte) text.length};
        return header(name, 7, join(length, text));
    }

    /** A header of any type; the value as it stands on the wire. */
    public static byte[] header(String name, int type, byte[] value) {
        byte[] letters = name.getBytes(StandardCharsets.UTF_8);
        return join(new byte[] {(byte) letters.length}, letters, new byte[] {(byte) type}, value);
    }

    public static byte[] frame(byte[] headers, byte[] payload) {
        return frame(16 + headers.length + payload.length, headers.length, headers, payload);
    }

    /** A frame that says of its lengths what it likes, with right checksums all the same. */
    public static byte[] frame(int total, int headersLength, byte[] headers, byte[] payload) {
        byte[] prelude =
                ByteBuffer.allocate(8).putInt(total).putInt(headersLength).array();
        byte[] start = join(prelude, crc(prelude), headers, payload);
        return join(start, crc(start));
    }

    private static byte[] crc(byte[] bytes) {
        CRC32 crc = new CRC32();
        crc.update(bytes);
        return ByteBuffer.allocate(4).putInt((int) crc.getValue()).array();
    }

    public static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    /** What the framer makes of a stream that comes in chunks: each slice whole, and what had no end at the end of the bytes. */
    public static List<byte[]> cut(byte[] stream, int... cuts) {
        EventStreamFramer framer = new EventStreamFramer();
        List<byte[]> frames = new ArrayList<>();
        ByteArrayOutputStream open = new ByteArrayOutputStream();
        int from = 0;
        for (int i = 0; i <= cuts.length; i++) {
            int to = i == cuts.length ? stream.length : cuts[i];
            // Somewhere in a larger array, as a network buffer gives it.
            byte[] chunk = new byte[to - from + 7];
            System.arraycopy(stream, from, chunk, 3, to - from);
            int at = 3;
            int end;
            while ((end = framer.nextEventEnd(chunk, at, 3 + to - from)) >= 0) {
                open.write(chunk, at, end - at);
                frames.add(open.toByteArray());
                open.reset();
                at = end;
            }
            open.write(chunk, at, 3 + to - from - at);
            from = to;
        }
        if (open.size() > 0) {
            frames.add(open.toByteArray());
        }
        return frames;
    }

    public static List<byte[]> byteByByte(byte[] stream) {
        int[] cuts = new int[Math.max(0, stream.length - 1)];
        for (int i = 0; i < cuts.length; i++) {
            cuts[i] = i + 1;
        }
        return cut(stream, cuts);
    }
}
