// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/**
 * The bytes that the fake provider sends and that the load client expects: one OpenAI chat stream of fixed-size events.
 *
 * <p>A content event is 270 bytes, the median of recorded chat streams, and carries its number and the sender's clock at fixed
 * offsets, so that the client checks order, exactness and transit time without a parser. {@code System.nanoTime} reads
 * CLOCK_MONOTONIC on Linux; sender and receiver are one process here anyway.
 */
final class Wire {
    static final int SEQ_DIGITS = 8;
    static final int STAMP_DIGITS = 18;
    /** Number of events in one pre-built block of an endless stream; their numbers repeat. */
    static final int FLOOD_BLOCK = 64;

    private static final String OPENING =
            "data: {\"id\":\"chatcmpl-bench0123456789abcdefghij\",\"object\":\"chat.completion.chunk\","
                    + "\"created\":1763700000,\"model\":\"bench-model\",\"system_fingerprint\":\"fp_44709d6fcb\",\"choices\":[";

    static final byte[] ROLE = ascii(
            OPENING
                    + "{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null},\"logprobs\":null,\"finish_reason\":null}]}\n\n");
    static final byte[] FINISH =
            ascii(OPENING + "{\"index\":0,\"delta\":{},\"logprobs\":null,\"finish_reason\":\"stop\"}]}\n\n");
    static final byte[] USAGE =
            ascii(OPENING + "],\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":34,\"total_tokens\":46}}\n\n");
    static final byte[] DONE = ascii("data: [DONE]\n\n");

    private static final String BEFORE_SEQ = OPENING + "{\"index\":0,\"delta\":{\"content\":\"";
    private static final String AFTER_STAMP = "\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n";

    static final byte[] CONTENT =
            ascii(BEFORE_SEQ + "0".repeat(SEQ_DIGITS) + " " + "0".repeat(STAMP_DIGITS) + AFTER_STAMP);
    static final int SEQ_AT = BEFORE_SEQ.length();
    static final int STAMP_AT = SEQ_AT + SEQ_DIGITS + 1;
    static final int TAIL_AT = STAMP_AT + STAMP_DIGITS;

    static final byte[] UNARY_BODY = unaryBody();

    static final byte[] STREAM_HEAD =
            ascii("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-cache\r\n"
                    + "transfer-encoding: chunked\r\n\r\n");
    static final byte[] UNARY_HEAD = ascii(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: " + UNARY_BODY.length + "\r\n\r\n");
    static final byte[] LAST_CHUNK = ascii("0\r\n\r\n");

    private Wire() {}

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** One event as one HTTP chunk, the way providers send them. */
    static ByteBuf chunk(byte[] event) {
        ByteBuf out = Unpooled.directBuffer(event.length + 16);
        writeChunk(out, event);
        return out;
    }

    static void writeChunk(ByteBuf out, byte[] event) {
        out.writeBytes(ascii(Integer.toHexString(event.length) + "\r\n"));
        out.writeBytes(event);
        out.writeByte('\r').writeByte('\n');
    }

    /** {@code count} content events numbered from zero without a clock. */
    static void writeUnstamped(ByteBuf out, int count) {
        byte[] event = CONTENT.clone();
        for (int i = 0; i < count; i++) {
            putDigits(event, SEQ_AT, SEQ_DIGITS, i);
            writeChunk(out, event);
        }
    }

    static void putDigits(byte[] target, int at, int digits, long value) {
        long rest = value;
        for (int i = at + digits - 1; i >= at; i--) {
            target[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
    }

    static void putDigits(ByteBuf target, int at, int digits, long value) {
        long rest = value;
        for (int i = at + digits - 1; i >= at; i--) {
            target.setByte(i, '0' + (int) (rest % 10));
            rest /= 10;
        }
    }

    /** What every caller sends; only a gate with tenants looks at it. */
    static final String SECRET = "bench-0123456789abcdef0123456789abcdef00";

    /** A chat request of about one kilobyte. */
    static ByteBuf request(String host, String model, boolean stream, String user, boolean batch) {
        String head = "{\"model\":\"" + model + "\",\"stream\":" + stream + ",\"user\":\"" + user
                + "\",\"messages\":[{\"role\":\"system\",\"content\":\"You are a load generator.\"},{\"role\":\"user\",\"content\":\"";
        String priority = batch ? "\r\nx-penstock-priority: batch" : "";
        return post("/v1/chat/completions", host, "authorization: Bearer " + SECRET + priority, head);
    }

    /** A Messages request of about one kilobyte. */
    static ByteBuf messagesRequest(String host, String model, boolean stream) {
        String head = "{\"model\":\"" + model + "\",\"stream\":" + stream
                + ",\"max_tokens\":100000,\"system\":\"You are a load generator.\",\"messages\":[{\"role\":\"user\",\"content\":\"";
        return post("/v1/messages", host, "anthropic-version: 2023-06-01\r\nx-api-key: " + SECRET, head);
    }

    private static ByteBuf post(String path, String host, String headers, String head) {
        String tail = "\"}]}";
        String body = head + "x".repeat(Math.max(1, 1024 - head.length() - tail.length())) + tail;
        String text =
                "POST " + path + " HTTP/1.1\r\nhost: " + host + "\r\ncontent-type: application/json\r\naccept: */*\r\n"
                        + headers + "\r\ncontent-length: " + body.length() + "\r\n\r\n" + body;
        return Unpooled.directBuffer(text.length()).writeBytes(ascii(text));
    }

    private static byte[] unaryBody() {
        String head =
                "{\"id\":\"chatcmpl-bench0123456789abcdefghij\",\"object\":\"chat.completion\",\"created\":1763700000,"
                        + "\"model\":\"bench-model\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"";
        String tail = "\",\"refusal\":null},\"logprobs\":null,\"finish_reason\":\"stop\"}],"
                + "\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":34,\"total_tokens\":46}}";
        return ascii(head + "y".repeat(1024 - head.length() - tail.length()) + tail);
    }
}
