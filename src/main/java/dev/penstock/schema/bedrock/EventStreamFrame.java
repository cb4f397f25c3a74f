// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema.bedrock;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * A view over one whole frame of an AWS event stream. Used again for frame after frame; it copies nothing and holds the bytes
 * only as long as its user does. Not thread-safe.
 *
 * <p>What it says is meaningful only after {@link #read} returned true. Of the headers only those that the protocol itself defines
 * are kept; all others are checked for their form and passed over.
 */
public final class EventStreamFrame {

    /** What a frame is, by its header {@code :message-type}. */
    public enum Type {
        /** One of the operation's events, named by {@code :event-type}. */
        EVENT,
        /** An error that the operation's model knows, named by {@code :exception-type}; the payload tells more. */
        EXCEPTION,
        /** An error outside the model: {@code :error-code} and {@code :error-message}, no payload. */
        ERROR,
        /** A type that this version does not know, or none. */
        OTHER
    }

    private static final int STRING = 7;

    private static final byte[][] NAMES = {
        ascii(":message-type"),
        ascii(":event-type"),
        ascii(":exception-type"),
        ascii(":error-code"),
        ascii(":error-message"),
        ascii(":content-type")
    };
    private static final int MESSAGE_TYPE = 0;
    private static final int EVENT_TYPE = 1;
    private static final int EXCEPTION_TYPE = 2;
    private static final int ERROR_CODE = 3;
    private static final int ERROR_MESSAGE = 4;
    private static final int CONTENT_TYPE = 5;

    private static final byte[] EVENT = ascii("event");
    private static final byte[] EXCEPTION = ascii("exception");
    private static final byte[] ERROR = ascii("error");

    private final CRC32 crc = new CRC32();
    private final int[] valueFrom = new int[NAMES.length];
    private final int[] valueTo = new int[NAMES.length];
    private byte[] bytes = new byte[0];
    private int payloadFrom;
    private int payloadTo;

    /**
     * Looks at the frame that fills {@code bytes[from, to)}.
     *
     * @return false when this is not exactly one frame: a length that does not fit, a wrong checksum, headers that run over
     */
    public boolean read(byte[] frame, int from, int to) {
        bytes = frame;
        for (int i = 0; i < NAMES.length; i++) {
            valueFrom[i] = -1;
        }
        payloadFrom = to;
        payloadTo = to;
        if (to - from < EventStreamFramer.SHORTEST
                || EventStreamFramer.totalLength(frame, from, crc) != to - from
                || !messageIsSound(frame, from, to - 4)) {
            return false;
        }
        int headers = from + EventStreamFramer.PRELUDE;
        int headersEnd = headers + EventStreamFramer.int32(frame, from + 4);
        payloadFrom = headersEnd;
        payloadTo = to - 4;
        return headers(headers, headersEnd);
    }

    private boolean messageIsSound(byte[] frame, int from, int crcAt) {
        crc.reset();
        crc.update(frame, from, crcAt - from);
        return (int) crc.getValue() == EventStreamFramer.int32(frame, crcAt);
    }

    private boolean headers(int from, int to) {
        int at = from;
        while (at < to) {
            int nameFrom = at + 1;
            int nameTo = nameFrom + (bytes[at] & 0xFF);
            if (nameTo == nameFrom || nameTo >= to) {
                return false;
            }
            int type = bytes[nameTo];
            int value = nameTo + 1;
            int length = valueLength(type, value, to);
            if (type == 6 || type == STRING) {
                value += 2;
            }
            // In this order, so that a length at the edge cannot overflow.
            if (length < 0 || length > to - value) {
                return false;
            }
            if (type == STRING) {
                keep(nameFrom, nameTo, value, value + length);
            }
            at = value + length;
        }
        return true;
    }

    /** Bytes of a value of that type; -1 for a type that does not exist or a length that is cut off. */
    private int valueLength(int type, int at, int to) {
        return switch (type) {
            case 0, 1 -> 0;
            case 2 -> 1;
            case 3 -> 2;
            case 4 -> 4;
            case 5, 8 -> 8;
            case 6, STRING -> to - at < 2 ? -1 : (bytes[at] & 0xFF) << 8 | (bytes[at + 1] & 0xFF);
            case 9 -> 16;
            default -> -1;
        };
    }

    private void keep(int nameFrom, int nameTo, int from, int to) {
        if (bytes[nameFrom] != ':') {
            return;
        }
        for (int i = 0; i < NAMES.length; i++) {
            if (same(nameFrom, nameTo, NAMES[i])) {
                valueFrom[i] = from;
                valueTo[i] = to;
                return;
            }
        }
    }

    private boolean same(int from, int to, byte[] expected) {
        if (to - from != expected.length) {
            return false;
        }
        for (int i = 0; i < expected.length; i++) {
            if (bytes[from + i] != expected[i]) {
                return false;
            }
        }
        return true;
    }

    public Type type() {
        if (is(MESSAGE_TYPE, EVENT)) {
            return Type.EVENT;
        }
        if (is(MESSAGE_TYPE, EXCEPTION)) {
            return Type.EXCEPTION;
        }
        return is(MESSAGE_TYPE, ERROR) ? Type.ERROR : Type.OTHER;
    }

    /** Whether {@code :event-type} is this name, in ASCII. */
    public boolean isEvent(byte[] name) {
        return is(EVENT_TYPE, name);
    }

    /** Bytes of {@code :event-type}; 0 when there is none. */
    public int eventTypeLength() {
        return valueFrom[EVENT_TYPE] < 0 ? 0 : valueTo[EVENT_TYPE] - valueFrom[EVENT_TYPE];
    }

    public @Nullable String eventType() {
        return value(EVENT_TYPE);
    }

    public @Nullable String exceptionType() {
        return value(EXCEPTION_TYPE);
    }

    public @Nullable String errorCode() {
        return value(ERROR_CODE);
    }

    public @Nullable String errorMessage() {
        return value(ERROR_MESSAGE);
    }

    public @Nullable String contentType() {
        return value(CONTENT_TYPE);
    }

    /** The array that was given to {@link #read}. */
    public byte[] bytes() {
        return bytes;
    }

    public int payloadFrom() {
        return payloadFrom;
    }

    /** Behind the last byte of the payload. */
    public int payloadTo() {
        return payloadTo;
    }

    private boolean is(int header, byte[] expected) {
        return valueFrom[header] >= 0 && same(valueFrom[header], valueTo[header], expected);
    }

    private @Nullable String value(int header) {
        int from = valueFrom[header];
        return from < 0 ? null : new String(bytes, from, valueTo[header] - from, StandardCharsets.UTF_8);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
