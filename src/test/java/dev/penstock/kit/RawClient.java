// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import javax.net.ssl.SSLContext;

/**
 * A client on a bare socket: sends exactly the bytes it is given, and sees exactly what comes back, down to whether the
 * connection ended with FIN or RST. It blocks the thread of the test; every wait has an end.
 */
public final class RawClient implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** How the other side left the connection, or that it did not. */
    public enum Closing {
        FIN,
        RST,
        STILL_OPEN,
        /** There was no connection to leave. */
        REFUSED
    }

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private final Duration patience;
    private byte[] leftover = new byte[0];

    private RawClient(Socket socket, Duration patience) throws IOException {
        this.socket = socket;
        this.in = socket.getInputStream();
        this.out = socket.getOutputStream();
        this.patience = patience;
    }

    public static RawClient connect(int port) {
        return connect(port, PATIENCE);
    }

    /** A client whose every wait ends after {@code patience}. */
    public static RawClient connect(int port, Duration patience) {
        return open(port, patience, 0, null);
    }

    /** A client that can be a very slow reader: its kernel buffer takes few bytes. */
    public static RawClient connectWithSmallBuffer(int port, int receiveBufferBytes) {
        return open(port, PATIENCE, receiveBufferBytes, null);
    }

    /**
     * Connects, says nothing, and reports what becomes of the connection. For ports that turn callers away: an RST right after
     * the accept may already be there when the connect returns.
     */
    public static Closing knock(int port) {
        try (RawClient client = connect(port)) {
            return client.awaitClose();
        } catch (UncheckedIOException e) {
            return isReset(e.getCause()) ? Closing.RST : Closing.REFUSED;
        }
    }

    public static RawClient connectTls(int port, SSLContext tls) {
        return open(port, PATIENCE, 0, tls);
    }

    private static RawClient open(int port, Duration patience, int receiveBuffer, SSLContext tls) {
        Socket plain = new Socket();
        try {
            if (receiveBuffer > 0) {
                // Before connect, because the window is announced in the handshake.
                plain.setReceiveBufferSize(receiveBuffer);
            }
            plain.setTcpNoDelay(true);
            plain.connect(new InetSocketAddress("127.0.0.1", port), (int) patience.toMillis());
            Socket socket = tls == null ? plain : tls.getSocketFactory().createSocket(plain, "localhost", port, true);
            return new RawClient(socket, patience);
        } catch (IOException e) {
            close(plain);
            throw new UncheckedIOException(e);
        }
    }

    public RawClient send(String text) {
        return send(text.getBytes(StandardCharsets.UTF_8));
    }

    public RawClient send(byte[] bytes) {
        try {
            out.write(bytes);
            out.flush();
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends the bytes in pieces that end at the given offsets, each in a write of its own. */
    public RawClient sendSplit(byte[] bytes, int... offsets) {
        int from = 0;
        for (int offset : Arrays.stream(offsets).sorted().toArray()) {
            send(Arrays.copyOfRange(bytes, from, offset));
            from = offset;
        }
        return send(Arrays.copyOfRange(bytes, from, bytes.length));
    }

    public RawClient sendByteByByte(byte[] bytes) {
        for (byte b : bytes) {
            send(new byte[] {b});
        }
        return this;
    }

    /** Sends a POST of a JSON body with the headers that a well-behaved client sends. */
    public RawClient post(String path, String json, Header... headers) {
        return send(request("POST", path, json, headers));
    }

    public RawClient get(String path, Header... headers) {
        return send(request("GET", path, "", headers));
    }

    /** The bytes of a well-formed request; a GET has no body and no length. */
    public static byte[] request(String method, String path, String body, Header... headers) {
        byte[] payload = body.getBytes(StandardCharsets.UTF_8);
        StringBuilder head =
                new StringBuilder(method).append(' ').append(path).append(" HTTP/1.1\r\nhost: localhost\r\n");
        if (!method.equals("GET")) {
            head.append("content-type: application/json\r\ncontent-length: ")
                    .append(payload.length)
                    .append("\r\n");
        }
        for (Header header : headers) {
            head.append(header.name()).append(": ").append(header.value()).append("\r\n");
        }
        byte[] start = head.append("\r\n").toString().getBytes(StandardCharsets.UTF_8);
        byte[] all = Arrays.copyOf(start, start.length + payload.length);
        System.arraycopy(payload, 0, all, start.length, payload.length);
        return all;
    }

    /** The port of this end of the connection. */
    public int localPort() {
        return socket.getLocalPort();
    }

    /** Begins to read a response; nothing is read before the response is asked for something. */
    public RawResponse response() {
        return new RawResponse(this);
    }

    /** Reads one response to its end, however it ends. */
    public RawResponse readResponse() {
        return response().readToEnd();
    }

    /** FIN: no more bytes will be sent, but the answer can still be read. */
    public RawClient halfClose() {
        try {
            socket.shutdownOutput();
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** FIN in both directions: what a client does whose user closed the window. */
    public void leave() {
        close();
    }

    /** RST: closes with SO_LINGER 0. */
    public void reset() {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits for the other side to close; what still comes before that is thrown away. */
    public Closing awaitClose() {
        byte[] buffer = new byte[8192];
        long deadline = System.nanoTime() + patience.toNanos();
        try {
            while (true) {
                int n = read(buffer, deadline);
                if (n < 0) {
                    return Closing.FIN;
                }
            }
        } catch (SocketTimeoutException e) {
            return Closing.STILL_OPEN;
        } catch (IOException e) {
            return Closing.RST;
        }
    }

    @Override
    public void close() {
        close(socket);
    }

    Duration patience() {
        return patience;
    }

    /** Bytes that came after the end of the last response. */
    byte[] takeLeftover() {
        byte[] taken = leftover;
        leftover = new byte[0];
        return taken;
    }

    void giveBack(byte[] bytes) {
        leftover = bytes;
    }

    /** One read of what the kernel has, or the end of the connection, or a timeout. */
    int read(byte[] buffer, long deadlineNanos) throws IOException {
        long millis = (deadlineNanos - System.nanoTime()) / 1_000_000;
        if (millis <= 0) {
            throw new SocketTimeoutException("patience is over");
        }
        socket.setSoTimeout((int) Math.min(millis, Integer.MAX_VALUE));
        return in.read(buffer);
    }

    static boolean isReset(IOException e) {
        return e instanceof SocketException && String.valueOf(e.getMessage()).contains("reset");
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
