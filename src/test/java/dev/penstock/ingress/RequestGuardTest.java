// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The guard in front of Netty's own codec, in memory, with bytes and time moved by hand. */
final class RequestGuardTest {

    private static final EdgeLimits LIMITS = new EdgeLimits(
            8 << 10, 32 << 10, 100, Duration.ofSeconds(10), Duration.ofSeconds(75), Duration.ofSeconds(1), 4096);

    private static final Pattern STATUS_LINE = Pattern.compile("HTTP/1\\.1 (\\d{3}) [A-Z]");

    private final List<String> seen = new ArrayList<>();
    private final List<String> refusals = new ArrayList<>();
    private boolean answering = true;
    private ChannelHandlerContext handler;

    private EmbeddedChannel channel() {
        return channel(() -> {});
    }

    private EmbeddedChannel channel(Runnable onPreface) {
        EmbeddedChannel channel = new EmbeddedChannel();
        channel.freezeTime();
        channel.pipeline()
                .addLast(new ConnectionIdle(LIMITS))
                .addLast(new RequestGuard(
                        LIMITS, (status, code) -> refusals.add(code), new RequestHead(32 << 10, 100), onPreface))
                .addLast(new HttpRequestDecoder())
                .addLast(new HttpResponseEncoder())
                .addLast("handler", new Application());
        return channel;
    }

    private final class Application extends ChannelInboundHandlerAdapter {
        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            handler = ctx;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            if (message instanceof HttpRequest request) {
                seen.add(request.uri());
            }
            if (message instanceof LastHttpContent && answering) {
                answer("ok");
            }
            ReferenceCountUtil.release(message);
        }
    }

    private void answer(String text) {
        ByteBuf body = Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
        FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK, body);
        response.headers().set("content-length", text.length());
        handler.writeAndFlush(response);
    }

    private static String sent(EmbeddedChannel channel) {
        StringBuilder out = new StringBuilder();
        for (ByteBuf b = channel.readOutbound(); b != null; b = channel.readOutbound()) {
            out.append(b.toString(StandardCharsets.ISO_8859_1));
            b.release();
        }
        return out.toString();
    }

    private static void receive(EmbeddedChannel channel, String text) {
        channel.writeInbound(Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1));
    }

    private static List<Integer> statuses(String sent) {
        return STATUS_LINE
                .matcher(sent)
                .results()
                .map(found -> Integer.valueOf(found.group(1)))
                .toList();
    }

    static Stream<RawRequests.Row> shortRows() {
        return RawRequests.all()
                .filter(row -> row.bytes().length < 600 && !row.expected().contains("100"));
    }

    @ParameterizedTest
    @MethodSource("shortRows")
    void decidesTheSameWhereverTheBytesAreSplit(RawRequests.Row row) {
        byte[] bytes = row.bytes();
        for (int at = 0; at <= bytes.length; at++) {
            EmbeddedChannel channel = channel();
            seen.clear();
            channel.writeInbound(Unpooled.copiedBuffer(bytes, 0, at));
            if (channel.isOpen()) {
                channel.writeInbound(Unpooled.copiedBuffer(bytes, at, bytes.length - at));
            }
            assertThat(statuses(sent(channel))).as("split at %d", at).isEqualTo(row.statuses());
            assertThat(seen).as("split at %d", at).hasSize(row.handledAtMost());
            assertThat(channel.isOpen()).as("split at %d", at).isEqualTo(!row.refused());
            channel.finishAndReleaseAll();
        }
    }

    @ParameterizedTest
    @MethodSource("shortRows")
    void decidesTheSameWhenEveryByteComesAlone(RawRequests.Row row) {
        EmbeddedChannel channel = channel();
        for (byte b : row.bytes()) {
            if (channel.isOpen()) {
                channel.writeInbound(Unpooled.wrappedBuffer(new byte[] {b}));
            }
        }
        assertThat(statuses(sent(channel))).isEqualTo(row.statuses());
        assertThat(seen).hasSize(row.handledAtMost());
        channel.finishAndReleaseAll();
    }

    @Test
    void refusesAHeadThatIsNotCompleteInTime() {
        EmbeddedChannel channel = channel();
        receive(channel, "GET / HTTP/1.1\r\nHost:");
        channel.advanceTimeBy(9, TimeUnit.SECONDS);
        receive(channel, " a");
        channel.advanceTimeBy(1, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
        assertThat(statuses(sent(channel))).containsExactly(408);
        assertThat(refusals).containsExactly("head_timeout");
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void measuresEachHeadFromItsOwnFirstByte() {
        EmbeddedChannel channel = channel();
        receive(channel, "GET /1 HTTP/1.1\r\nHost: a\r\n");
        channel.advanceTimeBy(9, TimeUnit.SECONDS);
        receive(channel, "\r\nGET /2 HTTP/1.1\r\n");
        channel.advanceTimeBy(9, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
        receive(channel, "Host: a\r\n\r\n");
        assertThat(seen).containsExactly("/1", "/2");
        channel.finishAndReleaseAll();
    }

    @Test
    void refusesAHalfPrefaceInTime() {
        EmbeddedChannel channel = channel();
        receive(channel, "PRI * HTTP/2.0\r\n\r\nS");
        channel.advanceTimeBy(10, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void leavesThePipelineForAnHttp2Preface() {
        List<String> told = new ArrayList<>();
        EmbeddedChannel channel = channel(() -> told.add("preface"));
        channel.pipeline().remove("handler");
        channel.pipeline().remove(HttpRequestDecoder.class);
        receive(channel, "PRI * HTTP/2.0\r\n\r\nSM\r");
        assertThat((Object) channel.readInbound()).isNull();
        receive(channel, "\n\r\nrest");
        ByteBuf passed = channel.readInbound();
        assertThat(passed.toString(StandardCharsets.US_ASCII)).isEqualTo("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nrest");
        assertThat(told).containsExactly("preface");
        assertThat(channel.pipeline().get(RequestGuard.class)).isNull();
        passed.release();
        channel.finishAndReleaseAll();
    }

    @Test
    void holdsARefusalUntilTheResponsesBeforeItAreSent() {
        EmbeddedChannel channel = channel();
        answering = false;
        receive(channel, "GET /slow HTTP/1.1\r\nHost: a\r\n\r\nGET /bad HTTP/1.1\r\n\r\n");
        assertThat(sent(channel)).isEmpty();
        answer("late");
        assertThat(statuses(sent(channel))).containsExactly(200, 400);
        assertThat(seen).containsExactly("/slow");
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void doesNotWriteARefusalIntoAResponseThatHasBegun() {
        EmbeddedChannel channel = channel();
        answering = false;
        receive(channel, "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n");
        io.netty.handler.codec.http.DefaultHttpResponse head =
                new io.netty.handler.codec.http.DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        head.headers().set("transfer-encoding", "chunked");
        handler.writeAndFlush(head);
        receive(channel, "zz\r\n");
        assertThat(statuses(sent(channel))).containsExactly(200);
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void letsNothingThroughAfterTheRefusal() {
        EmbeddedChannel channel = channel();
        receive(channel, "GET / HTTP/1.1\r\n\r\n");
        String sent = sent(channel);
        answer("too late");
        assertThat(sent(channel)).isEmpty();
        assertThat(statuses(sent)).containsExactly(400);
    }

    @Test
    void closesASilentConnectionButNotOneThatWaitsForAnAnswer() {
        EmbeddedChannel channel = channel();
        answering = false;
        receive(channel, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        for (int i = 0; i < 10; i++) {
            channel.advanceTimeBy(75, TimeUnit.SECONDS);
            channel.runScheduledPendingTasks();
        }
        assertThat(channel.isOpen()).as("a model may think for long").isTrue();
        answer("done");
        for (int i = 0; i < 4; i++) {
            channel.advanceTimeBy(38, TimeUnit.SECONDS);
            channel.runScheduledPendingTasks();
        }
        assertThat(channel.isOpen()).isFalse();
        channel.releaseOutbound();
    }

    @Test
    void takesTheNameOfAnH2cUpgradeAwayFromTheCodec() {
        EmbeddedChannel channel = channel();
        channel.pipeline().remove(HttpRequestDecoder.class);
        channel.pipeline().replace("handler", "handler", new ChannelInboundHandlerAdapter());
        receive(channel, "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n");
        StringBuilder passed = new StringBuilder();
        for (ByteBuf b = channel.readInbound(); b != null; b = channel.readInbound()) {
            passed.append(b.toString(StandardCharsets.US_ASCII));
            b.release();
        }
        assertThat(passed).hasToString("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nignored: h2c\r\n\r\n");
        channel.finishAndReleaseAll();
    }
}
