// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * A chunk of a chunked body (RFC 9112, section 7.1) in one piece. Netty's encoder makes three buffers of it, each with its
 * promise and its place in the list that the kernel is given; with one token per write that was a noticeable part of a token.
 */
final class ChunkFrame {

    private static final int CRLF = '\r' << 8 | '\n';
    private static final int BITS_PER_DIGIT = 4;

    private ChunkFrame() {}

    /**
     * Size, content and line ends in a new direct buffer, so that the transport need not copy it again.
     *
     * @param content not empty, because an empty chunk would end the body; neither read nor released
     */
    static ByteBuf of(ByteBufAllocator allocator, ByteBuf content) {
        int length = content.readableBytes();
        int digits = (Integer.SIZE - Integer.numberOfLeadingZeros(length) + BITS_PER_DIGIT - 1) / BITS_PER_DIGIT;
        ByteBuf frame = allocator.directBuffer(digits + length + 4);
        for (int shift = (digits - 1) * BITS_PER_DIGIT; shift >= 0; shift -= BITS_PER_DIGIT) {
            int digit = length >> shift & 0xf;
            frame.writeByte(digit < 10 ? '0' + digit : 'a' - 10 + digit);
        }
        return frame.writeShort(CRLF)
                .writeBytes(content, content.readerIndex(), length)
                .writeShort(CRLF);
    }
}
