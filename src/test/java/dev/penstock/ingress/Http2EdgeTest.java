// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersEncoder;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Raw HTTP/2 frames, with prior knowledge in cleartext, written by a client that obeys nothing. */
final class Http2EdgeTest {

    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int PRIORITY = 2;
    private static final int RST_STREAM = 3;
    private static final int SETTINGS = 4;
    private static final int PING = 6;
    private static final int GOAWAY = 7;
    private static final int WINDOW_UPDATE = 8;
    private static final int CONTINUATION = 9;
    private static final int END_STREAM = 1;
    private static final int END_HEADERS = 4;
    private static final int HAS_PRIORITY = 0x20;
    private static final int NO_ERROR = 0;
    private static final int PROTOCOL_ERROR = 1;
    private static final int FRAME_SIZE_ERROR = 6;
    private static final int REFUSED_STREAM = 7;
    private static final int ENHANCE_YOUR_CALM = 11;
    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    /** The answer to this ping comes after everything that was caused by the frames before it. */
    private static final byte[] LAST = "lastping".getBytes(StandardCharsets.US_ASCII);

    private static EdgeFixture edge;

    @BeforeAll
    static void open() throws Exception {
        edge = new EdgeFixture();
    }

    @AfterAll
    static void close() throws Exception {
        edge.close();
    }

    @BeforeEach
    void forget() {
        edge.handled.clear();
    }

    private record Frame(int type, int flags, int stream, byte[] payload) {
        int code() {
            return ByteBuffer.wrap(payload).getInt(type == GOAWAY ? 4 : 0);
        }
    }

    /** What one conversation ended with. */
    private record Ending(List<Frame> frames, boolean closed) {

        boolean reset() {
            return frames.stream().anyMatch(f -> f.type == RST_STREAM && f.code() == PROTOCOL_ERROR);
        }

        boolean goneAway(int code) {
            return frames.stream().anyMatch(f -> f.type == GOAWAY && f.code() == code);
        }

        boolean goneAway() {
            return frames.stream().anyMatch(f -> f.type == GOAWAY);
        }

        boolean protocolError() {
            return reset() || goneAway(PROTOCOL_ERROR);
        }

        String status() {
            return frames.stream()
                    .filter(f -> f.type == HEADERS)
                    .findFirst()
                    .map(Http2EdgeTest::status)
                    .orElse("none");
        }
    }

    private static String status(Frame headers) {
        int skipped = (headers.flags & HAS_PRIORITY) == 0 ? 0 : 5;
        byte[] block = headers.payload;
        try {
            return new DefaultHttp2HeadersDecoder()
                    .decodeHeaders(1, Unpooled.wrappedBuffer(block, skipped, block.length - skipped))
                    .status()
                    .toString();
        } catch (Http2Exception e) {
            throw new IllegalArgumentException("the server sent a broken header block", e);
        }
    }

    private static byte[] frame(int type, int flags, int stream, byte... payload) {
        ByteBuffer out = ByteBuffer.allocate(9 + payload.length);
        out.put((byte) (payload.length >> 16)).putShort((short) payload.length);
        return out.put((byte) type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload)
                .array();
    }

    private static byte[] block(Http2Headers headers) throws Exception {
        ByteBuf out = Unpooled.buffer();
        new DefaultHttp2HeadersEncoder(Http2HeadersEncoder.NEVER_SENSITIVE, false).encodeHeaders(1, headers, out);
        byte[] bytes = new byte[out.readableBytes()];
        out.readBytes(bytes);
        return bytes;
    }

    private static Http2Headers get(String path) {
        return new DefaultHttp2Headers(false)
                .method("GET")
                .scheme("http")
                .path(path)
                .authority("a");
    }

    private static Ending talk(byte[]... parts) throws Exception {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(PREFACE);
        all.writeBytes(frame(SETTINGS, 0, 0));
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        all.writeBytes(frame(PING, 0, 0, LAST));
        return exchange(all.toByteArray(), 5000);
    }

    /** Sends in one go while reading, until the server closes, answers the last ping, or has been silent for a while. */
    private static Ending exchange(byte[] bytes, int silenceMillis) throws Exception {
        return exchange(bytes, silenceMillis, f -> f.type == PING && Arrays.equals(f.payload, LAST));
    }

    private static Ending exchange(byte[] bytes, int silenceMillis, Predicate<Frame> last) throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), edge.port())) {
            socket.setSoTimeout(silenceMillis);
            Thread writer = Thread.ofVirtual().start(() -> {
                try {
                    socket.getOutputStream().write(bytes);
                    socket.getOutputStream().flush();
                } catch (IOException closed) {
                    // The server may hang up before everything is written: that is what many cases want.
                }
            });
            List<Frame> frames = new ArrayList<>();
            boolean closed = false;
            DataInputStream in = new DataInputStream(new java.io.BufferedInputStream(socket.getInputStream()));
            try {
                while (true) {
                    frames.add(frame(in));
                    if (last.test(frames.get(frames.size() - 1))) {
                        break;
                    }
                }
            } catch (SocketTimeoutException silent) {
                closed = false;
            } catch (EOFException | SocketException end) {
                closed = true;
            }
            socket.close();
            writer.join();
            return new Ending(frames, closed);
        }
    }

    private static Frame frame(DataInputStream in) throws IOException {
        int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
        int type = in.readUnsignedByte();
        int flags = in.readUnsignedByte();
        int stream = in.readInt() & 0x7fff_ffff;
        return new Frame(type, flags, stream, in.readNBytes(length));
    }

    private static Ending ask(Http2Headers headers) throws Exception {
        return talk(frame(HEADERS, END_HEADERS | END_STREAM, 1, block(headers)));
    }

    @Test
    void answersAPlainRequest() throws Exception {
        assertThat(ask(get("/ok")).status()).isEqualTo("200");
        assertThat(edge.handled).containsExactly("GET /ok");
    }

    @Test
    void refusesWhatWouldMeanSomethingElseInHttp11() throws Exception {
        List<Http2Headers> bad = List.of(
                get("/x").set("x-a", "b\r\nx-inj: 1"),
                get("/x").set("x-a", "b\0"),
                get("/x").set("x-a", "b\nc"),
                get("/x y"),
                get("/x HTTP/1.1\r\nA: b\r\n\r\nG"),
                get("x"),
                get("http://evil/"),
                get("/%0d%0a"),
                get("/x").set("connection", "close"),
                get("/x").set("keep-alive", "1"),
                get("/x").set("proxy-connection", "x"),
                get("/x").set("upgrade", "h2c"),
                get("/x").set("transfer-encoding", "chunked"),
                get("/x").set("te", "gzip"),
                get("/x").set("host", "evil"),
                get("/x").authority("u@a"),
                get("/x").authority("a b"),
                get("/x").add("authorization", "a").add("authorization", "b"),
                get("/x").set("content-length", "+1"),
                get("/x").method("GET /a"),
                get("/x").method("TRACE"),
                get("/x").set("X-Upper", "a"),
                get("/x").set("x a", "b"));
        List<String> accepted = new ArrayList<>();
        for (Http2Headers headers : bad) {
            Ending ending = ask(headers);
            boolean refused = ending.protocolError() || ending.status().startsWith("4") || ending.closed();
            if (!refused) {
                accepted.add(headers + " -> " + ending);
            }
        }
        assertThat(accepted).isEmpty();
    }

    @Test
    void asksForNoMoreOfABodyThatItHasRefused() throws Exception {
        Http2Headers headers = get("/refused").method("POST").set("content-length", "3000000");
        byte[] request = joined(frame(HEADERS, END_HEADERS, 1, block(headers)), frame(DATA, 0, 1, new byte[10_000]));
        byte[] opening = joined(PREFACE, frame(SETTINGS, 0, 0));
        Ending ending = exchange(joined(opening, request), 5000, f -> f.type == RST_STREAM);
        assertThat(ending.status()).isEqualTo("413");
        assertThat(ending.frames).anyMatch(f -> f.type == RST_STREAM && f.code() == NO_ERROR);
    }

    @Test
    void acceptsTeTrailersAndManyCookies() throws Exception {
        Http2Headers headers = get("/ok").set("te", "trailers");
        for (int i = 0; i < 50; i++) {
            headers.add("cookie", "a" + i + "=b");
        }
        assertThat(ask(headers).status()).isEqualTo("200");
    }

    @Test
    void refusesMoreThanOneHundredFields() throws Exception {
        Http2Headers headers = get("/ok");
        for (int i = 0; i < 101; i++) {
            headers.add("x-" + i, "y");
        }
        assertThat(ask(headers).status()).isEqualTo("431");
    }

    @ParameterizedTest
    @CsvSource({
        "headers+rst, 25000",
        "headers+window_update0, 25000",
        "continuation_0b, 1000",
        "continuation_1b, 1000",
        "data_0b, 1000"
    })
    void endsAConnectionThatFloods(String unit, int count) throws Exception {
        ByteArrayOutputStream flood = new ByteArrayOutputStream();
        if (!unit.startsWith("headers")) {
            boolean open = unit.startsWith("continuation");
            flood.writeBytes(frame(
                    HEADERS, open ? 0 : END_HEADERS, 1, block(get("/flooded").method("POST"))));
        }
        for (int i = 0; i < count; i++) {
            flood.writeBytes(unit(unit, i));
        }
        Ending ending = talk(flood.toByteArray());
        assertThat(ending.closed).isTrue();
        assertThat(ending.goneAway(ENHANCE_YOUR_CALM) || ending.frames.stream().noneMatch(f -> f.type == PING))
                .isTrue();
        assertThat(serves()).isTrue();
    }

    @Test
    void refusesMoreStreamsThanItAllows() throws Exception {
        ByteArrayOutputStream open = new ByteArrayOutputStream();
        for (int i = 0; i <= ServerOptions.MAX_STREAMS; i++) {
            open.writeBytes(unit("headers_open", i));
        }
        Ending ending = talk(open.toByteArray());
        assertThat(ending.frames.stream().filter(f -> f.type == RST_STREAM && f.code() == REFUSED_STREAM))
                .hasSize(1);
    }

    @TestFactory
    List<DynamicTest> survivesTheRecordedSequences() throws Exception {
        String recordings = System.getProperty("penstock.recordings", "");
        Assumptions.assumeFalse(recordings.isEmpty(), "no recordings");
        Path file = Path.of(recordings).resolveSibling("corpora/attacks/h2_sequences.jsonl");
        Assumptions.assumeTrue(Files.exists(file), "no attack corpus");
        List<DynamicTest> tests = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            JsonNode row = new ObjectMapper().readTree(line);
            tests.add(DynamicTest.dynamicTest(row.get("id").asText(), () -> replay(row)));
        }
        return tests;
    }

    private void replay(JsonNode row) throws Exception {
        edge.handled.clear();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(Base64.getDecoder().decode(row.get("raw_b64").asText()));
        JsonNode repeat = row.get("repeat");
        if (!repeat.isNull()) {
            int count = repeat.get("count").asInt();
            for (int i = 0; i < count; i++) {
                bytes.writeBytes(unit(repeat.get("unit").asText(), i));
            }
        }
        boolean framed = !row.get("expect").asText().endsWith("close");
        if (framed) {
            bytes.writeBytes(frame(PING, 0, 0, LAST));
        }
        Ending ending = exchange(bytes.toByteArray(), framed ? 10_000 : 300);
        String expect = row.get("expect").asText();
        boolean met =
                switch (expect) {
                    case "200" -> ending.status().equals("200");
                    // Vert.x ends the connection over a method that is no token; the others get an error of their own.
                    case "PROTOCOL_ERROR" ->
                        ending.protocolError()
                                || ending.status().equals("400")
                                || (ending.closed() && edge.handled.isEmpty());
                    case "FRAME_SIZE_ERROR" -> ending.goneAway(FRAME_SIZE_ERROR);
                    case "GOAWAY_PROTOCOL_ERROR" -> ending.goneAway(PROTOCOL_ERROR);
                    case "GOAWAY_ENHANCE_YOUR_CALM" -> ending.goneAway(ENHANCE_YOUR_CALM) || ending.closed();
                    case "GOAWAY" -> ending.goneAway() || ending.closed();
                    case "GOAWAY_or_bounded", "bounded_memory", "no_repeated_backend_work" -> serves();
                    case "400_or_authority_wins" ->
                        ending.protocolError() || ending.status().equals("400");
                    case "close" -> ending.closed();
                    case "REFUSED_STREAM" ->
                        serves(); // 101 streams are fewer than ours; refusesMoreStreamsThanItAllows asks for more
                    // The idle and head timers are proven by hand-moved time in RequestGuardTest.
                    case "idle_timeout", "timeout_close" -> !ending.closed() && serves();
                    case "431_or_GOAWAY", "431_or_goaway", "431" ->
                        ending.goneAway() || ending.closed() || ending.status().equals("431");
                    default -> expectation(expect, ending);
                };
        assertThat(met)
                .as("%s, wanted %s, got %s", row.get("id"), expect, summary(ending))
                .isTrue();
        assertThat(serves()).as("the next client is served").isTrue();
    }

    private static boolean expectation(String expect, Ending ending) {
        throw new IllegalArgumentException("unknown expectation: " + expect + " for " + summary(ending));
    }

    private static String summary(Ending ending) {
        StringBuilder out = new StringBuilder(ending.closed ? "closed after" : "open after");
        for (Frame f : ending.frames.subList(0, Math.min(8, ending.frames.size()))) {
            out.append(' ').append(f.type).append(f.type == GOAWAY || f.type == RST_STREAM ? "(" + f.code() + ")" : "");
        }
        return out + " of " + ending.frames.size() + ", status " + ending.status() + ", handled " + edge.handled.size();
    }

    private static boolean serves() throws Exception {
        return ask(get("/next")).status().equals("200");
    }

    private static byte[] unit(String name, int i) throws Exception {
        int stream = 2 * i + 1;
        byte[] request = {(byte) 0x82, (byte) 0x86, (byte) 0x84, 0x41, 1, 'a'};
        byte[] headers = frame(HEADERS, END_HEADERS | END_STREAM, stream, request);
        return switch (name) {
            case "headers" -> frame(HEADERS, END_HEADERS | END_STREAM, stream + 2, request);
            case "headers+rst" -> joined(headers, frame(RST_STREAM, 0, stream, new byte[] {0, 0, 0, 8}));
            case "headers+window_update0" ->
                joined(frame(HEADERS, END_HEADERS, stream, request), frame(WINDOW_UPDATE, 0, stream, new byte[4]));
            case "headers+priority_self" ->
                joined(
                        frame(HEADERS, END_HEADERS, stream, request),
                        frame(
                                PRIORITY,
                                0,
                                stream,
                                ByteBuffer.allocate(5).putInt(stream).array()));
            case "headers_open" -> frame(HEADERS, END_HEADERS, stream, request);
            case "continuation_1b" -> frame(CONTINUATION, 0, 1, new byte[] {0});
            case "continuation_0b" -> frame(CONTINUATION, 0, 1);
            case "settings" -> frame(SETTINGS, 0, 0);
            case "ping" -> frame(PING, 0, 0, new byte[8]);
            case "data_0b" -> frame(DATA, 0, 1);
            case "priority" -> frame(PRIORITY, 0, stream, new byte[] {0, 0, 0, 0, 16});
            default -> throw new IllegalArgumentException("unknown unit: " + name);
        };
    }

    private static byte[] joined(byte[] a, byte[] b) {
        return ByteBuffer.allocate(a.length + b.length).put(a).put(b).array();
    }
}
