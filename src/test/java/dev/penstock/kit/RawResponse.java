// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A response as it comes from the socket: read as far as the test asks, with the time of each read, and with an end that says
 * whether the answer was complete or cut. Interim responses (1xx) are skipped and kept aside.
 */
public final class RawResponse {

    /** How far the reading got. */
    public enum End {
        /** Not at the end yet. */
        OPEN,
        /** The framing says that this was all. */
        COMPLETE,
        /** The body had neither a length nor chunks, and the connection was closed in an orderly way. */
        COMPLETE_BY_CLOSE,
        /** FIN before the framing's end, or before the head. */
        TRUNCATED,
        /** RST. */
        RESET,
        /** It had not come by the end of the client's patience, and the connection stood. */
        TIMEOUT,
        /** The chunked coding was broken. */
        MALFORMED
    }

    /** One read from the socket. */
    public record Read(long atNanos, int bytes) {}

    private final RawClient client;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private final List<Read> reads = new ArrayList<>();
    private final List<MessageHead> interim = new ArrayList<>();
    private byte[] input;
    private MessageHead head;
    private ChunkedBody chunked;
    private long remaining = -1;
    private End end = End.OPEN;
    private long deadlineNanos;

    RawResponse(RawClient client) {
        this.client = client;
        this.input = client.takeLeftover();
    }

    /** Reads up to the end of the head, or to an end without one. */
    public RawResponse readHead() {
        beginToWait();
        return continueHead();
    }

    private RawResponse continueHead() {
        while (end == End.OPEN && head == null && !takeHead()) {
            fill();
        }
        return this;
    }

    /** Reads until the body so far contains the text, or ends without it. */
    public RawResponse readUntil(String text) {
        beginToWait();
        continueHead();
        byte[] wanted = text.getBytes(StandardCharsets.UTF_8);
        takeBody();
        while (end == End.OPEN && indexOf(body.toByteArray(), wanted) < 0) {
            fill();
            takeBody();
        }
        return this;
    }

    /** Reads until at least that many bytes of the body have come. */
    public RawResponse readAtLeast(int bodyBytes) {
        beginToWait();
        continueHead();
        takeBody();
        while (end == End.OPEN && body.size() < bodyBytes) {
            fill();
            takeBody();
        }
        return this;
    }

    /** Reads to the end, however it comes. */
    public RawResponse readToEnd() {
        return readAtLeast(Integer.MAX_VALUE);
    }

    public End end() {
        return end;
    }

    /** True when the framing or an orderly close of a body without framing says that this was all. */
    public boolean complete() {
        return end == End.COMPLETE || end == End.COMPLETE_BY_CLOSE;
    }

    /** The status, or 0 when no head came. */
    public int status() {
        return head == null ? 0 : Integer.parseInt(head.startLine().split(" ", 3)[1]);
    }

    public List<Header> headers() {
        return head == null ? List.of() : head.headers();
    }

    public Optional<String> header(String name) {
        return Header.first(headers(), name);
    }

    /** Interim responses that came before the final one. */
    public List<Integer> interimStatuses() {
        return interim.stream()
                .map(h -> Integer.parseInt(h.startLine().split(" ", 3)[1]))
                .toList();
    }

    /** The body without its transfer coding, as far as it was read. */
    public byte[] body() {
        return body.toByteArray();
    }

    public String bodyText() {
        return body.toString(StandardCharsets.UTF_8);
    }

    /** The body as an event stream. */
    public SseEvents events() {
        return SseEvents.parse(body.toByteArray());
    }

    /** Each read with its time. The kernel may give several segments at once, never one in two reads of this size. */
    public List<Read> reads() {
        return List.copyOf(reads);
    }

    /** HTTP chunks that were complete. */
    public int chunks() {
        return chunked == null ? 0 : chunked.chunks();
    }

    /** Whether the body stopped inside an HTTP chunk. */
    public boolean stoppedInsideChunk() {
        return chunked != null && !chunked.done() && chunked.insideChunk();
    }

    /** One patience for each thing that the test waits for, however many reads it takes. */
    private void beginToWait() {
        deadlineNanos = System.nanoTime() + client.patience().toNanos();
    }

    private boolean takeHead() {
        int length = MessageHead.endOfHead(input, 0, input.length);
        if (length < 0) {
            return false;
        }
        MessageHead parsed = MessageHead.parse(input, length);
        input = Arrays.copyOfRange(input, length, input.length);
        if (parsed.startLine().startsWith("HTTP/1.1 1")) {
            interim.add(parsed);
            return takeHead();
        }
        head = parsed;
        chooseFraming();
        return true;
    }

    private void chooseFraming() {
        int status = status();
        if (status == 204 || status == 304) {
            finish(End.COMPLETE);
        } else if (header("transfer-encoding").isPresent()) {
            chunked = new ChunkedBody(body);
        } else {
            remaining = header("content-length").map(Long::parseLong).orElse(-1L);
            if (remaining == 0) {
                finish(End.COMPLETE);
            }
        }
    }

    private void takeBody() {
        if (head == null || end != End.OPEN || input.length == 0) {
            return;
        }
        if (chunked != null) {
            int used = chunked.feed(input, 0, input.length);
            input = Arrays.copyOfRange(input, used, input.length);
            if (chunked.broken()) {
                end = End.MALFORMED;
            } else if (chunked.done()) {
                finish(End.COMPLETE);
            }
        } else if (remaining < 0) {
            body.writeBytes(input);
            input = new byte[0];
        } else {
            int used = (int) Math.min(remaining, input.length);
            body.write(input, 0, used);
            input = Arrays.copyOfRange(input, used, input.length);
            remaining -= used;
            if (remaining == 0) {
                finish(End.COMPLETE);
            }
        }
    }

    private void finish(End how) {
        end = how;
        client.giveBack(input);
        input = new byte[0];
    }

    private void fill() {
        byte[] buffer = new byte[65_536];
        try {
            int n = client.read(buffer, deadlineNanos);
            if (n < 0) {
                end = head != null && chunked == null && remaining < 0 ? End.COMPLETE_BY_CLOSE : End.TRUNCATED;
                return;
            }
            reads.add(new Read(System.nanoTime(), n));
            int old = input.length;
            input = Arrays.copyOf(input, old + n);
            System.arraycopy(buffer, 0, input, old, n);
        } catch (SocketTimeoutException e) {
            end = End.TIMEOUT;
        } catch (IOException e) {
            end = RawClient.isReset(e) ? End.RESET : End.TRUNCATED;
        }
    }

    private static int indexOf(byte[] where, byte[] what) {
        outer:
        for (int i = 0; i + what.length <= where.length; i++) {
            for (int j = 0; j < what.length; j++) {
                if (where[i + j] != what[j]) {
                    continue outer;
                }
            }
            return i;
        }
        return -1;
    }

    @Override
    public String toString() {
        return "status " + status() + ", " + end + ", " + body.size() + " body bytes: " + bodyText();
    }
}
