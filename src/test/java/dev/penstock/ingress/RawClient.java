// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** A blocking client that sends bytes and reads responses, and knows nothing better than what it is told. */
final class RawClient implements AutoCloseable {

    record Response(int status, Map<String, String> headers, String body) {}

    final Socket socket;
    private final InputStream in;

    RawClient(int port) throws IOException {
        this(new Socket(InetAddress.getLoopbackAddress(), port));
    }

    RawClient(Socket socket) throws IOException {
        this.socket = socket;
        socket.setSoTimeout(10_000);
        socket.setTcpNoDelay(true);
        in = new BufferedInputStream(socket.getInputStream());
    }

    RawClient send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
        return this;
    }

    RawClient send(String text) throws IOException {
        return send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    Response read() throws IOException {
        return read(true);
    }

    Response read(boolean withBody) throws IOException {
        String[] line = line().split(" ", 3);
        Map<String, String> headers = new TreeMap<>();
        for (String field = line(); !field.isEmpty(); field = line()) {
            int colon = field.indexOf(':');
            headers.put(
                    field.substring(0, colon).toLowerCase(Locale.ROOT),
                    field.substring(colon + 1).strip());
        }
        int length = withBody ? Integer.parseInt(headers.getOrDefault("content-length", "0")) : 0;
        byte[] body = in.readNBytes(length);
        if (body.length < length) {
            throw new EOFException("body cut after " + body.length + " of " + length + " bytes");
        }
        return new Response(Integer.parseInt(line[1]), headers, new String(body, StandardCharsets.UTF_8));
    }

    /** Waits for the end; what comes before it is returned. */
    String rest() throws IOException {
        return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
    }

    private String line() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException("connection ended after: " + out.toString(StandardCharsets.ISO_8859_1));
            }
            out.write(b);
        }
        String line = out.toString(StandardCharsets.ISO_8859_1);
        if (!line.endsWith("\r")) {
            throw new IOException("line without CR: " + line);
        }
        return line.substring(0, line.length() - 1);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
