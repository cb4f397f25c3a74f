// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Netty's own encoder is the judge: what leaves must not differ by a byte. */
final class ChunkFrameTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 9, 10, 15, 16, 17, 255, 256, 4095, 4096, 65_535, 65_536, 1_048_576})
    void aFrameIsWhatTheEncoderWouldHaveWritten(int length) {
        ByteBuf content = Unpooled.wrappedBuffer("x".repeat(length).getBytes(StandardCharsets.US_ASCII));
        ByteBuf frame = ChunkFrame.of(UnpooledByteBufAllocator.DEFAULT, content);
        assertThat(frame.isDirect()).isTrue();
        assertThat(frame.toString(StandardCharsets.US_ASCII))
                .isEqualTo(Integer.toHexString(length) + "\r\n" + "x".repeat(length) + "\r\n");
        assertThat(content.readableBytes()).isEqualTo(length);
        frame.release();
    }

    @Test
    void anEventStreamLeavesAsItWouldWithoutTheWatchInOneBufferPerPiece() {
        EmbeddedChannel watched = watched();
        String seen = stream(watched, "text/event-stream; charset=utf-8");
        assertThat(seen)
                .isEqualTo(stream(new EmbeddedChannel(new HttpResponseEncoder()), "text/event-stream; charset=utf-8"));
        assertThat(seen).endsWith("9\r\ndata: a\n\n\r\nf\r\ndata: 1234567\n\n\r\n0\r\n\r\n");

        watched.writeOutbound(head("text/event-stream"));
        drain(watched);
        watched.writeOutbound(new DefaultHttpContent(Unpooled.copiedBuffer("data: b\n\n", StandardCharsets.US_ASCII)));
        assertThat(watched.outboundMessages()).hasSize(1);
        drain(watched);
        watched.finishAndReleaseAll();
    }

    @Test
    void anEmptyPieceDoesNotEndTheBody() {
        EmbeddedChannel watched = watched();
        watched.writeOutbound(head("text/event-stream"));
        drain(watched);
        watched.writeOutbound(new DefaultHttpContent(Unpooled.EMPTY_BUFFER));
        assertThat(drain(watched)).isEmpty();
        watched.writeOutbound(LastHttpContent.EMPTY_LAST_CONTENT);
        assertThat(drain(watched)).isEqualTo("0\r\n\r\n");
        watched.finishAndReleaseAll();
    }

    @Test
    void otherBodiesAreLeftToTheEncoder() {
        assertThat(stream(watched(), "application/json"))
                .isEqualTo(stream(new EmbeddedChannel(new HttpResponseEncoder()), "application/json"));

        EmbeddedChannel watched = watched();
        HttpResponse sized = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        sized.headers().set(HttpHeaderNames.CONTENT_LENGTH, 4).set(HttpHeaderNames.CONTENT_TYPE, "text/event-stream");
        watched.writeOutbound(sized);
        drain(watched);
        watched.writeOutbound(new DefaultHttpContent(Unpooled.copiedBuffer("abcd", StandardCharsets.US_ASCII)));
        assertThat(drain(watched)).isEqualTo("abcd");
        watched.finishAndReleaseAll();
    }

    private static EmbeddedChannel watched() {
        return new EmbeddedChannel(new HttpResponseEncoder(), new ResponseWatch(() -> false, () -> {}, () -> {}));
    }

    private static String stream(EmbeddedChannel channel, String type) {
        channel.writeOutbound(head(type));
        channel.writeOutbound(new DefaultHttpContent(Unpooled.copiedBuffer("data: a\n\n", StandardCharsets.US_ASCII)));
        channel.writeOutbound(
                new DefaultHttpContent(Unpooled.copiedBuffer("data: 1234567\n\n", StandardCharsets.US_ASCII)));
        channel.writeOutbound(LastHttpContent.EMPTY_LAST_CONTENT);
        return drain(channel);
    }

    private static HttpResponse head(String type) {
        HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        head.headers().set(HttpHeaderNames.TRANSFER_ENCODING, "chunked").set(HttpHeaderNames.CONTENT_TYPE, type);
        return head;
    }

    private static String drain(EmbeddedChannel channel) {
        StringBuilder text = new StringBuilder();
        ByteBuf piece;
        while ((piece = channel.readOutbound()) != null) {
            text.append(piece.toString(StandardCharsets.US_ASCII));
            piece.release();
        }
        return text.toString();
    }
}
