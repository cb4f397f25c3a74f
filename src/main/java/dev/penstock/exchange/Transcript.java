// SPDX-License-Identifier: Apache-2.0
package dev.penstock.exchange;

import io.vertx.core.buffer.Buffer;
import java.util.Arrays;

/**
 * What is said in one call, taken down as it goes over the wire, for a tenant that wants it written: the request as it came and the
 * answer as the client got it, each up to a length. Bytes are copied and not looked at. Belongs to the event loop of its exchange until that
 * is settled, and to the ledger afterwards.
 */
public final class Transcript {

    private static final int FIRST = 4 << 10;
    private static final byte[] NOTHING = {};

    /** Memory that all transcripts of a process share. Any thread. */
    public interface Room {

        /** Takes so many bytes of it, if there are so many. */
        boolean take(int bytes);

        /** Gives them back. */
        void give(int bytes);
    }

    private final int most;
    private final Room room;
    private byte[] request = NOTHING;
    private byte[] answer = NOTHING;
    private int answerLength;
    private long requestBytes;
    private long answerBytes;
    private boolean streamed;
    private boolean over;

    /**
     * @param most bytes that are taken down of a request, and of an answer
     * @param room where they are
     */
    public Transcript(int most, Room room) {
        this.most = most;
        this.room = room;
    }

    /** The whole request. */
    public void asked(byte[] body) {
        requestBytes = body.length;
        int length = Math.min(body.length, most);
        if (!over && takes(length)) {
            request = Arrays.copyOf(body, length);
        }
    }

    /** The answer is one of events. */
    public void streams() {
        streamed = true;
    }

    /** The next bytes of the answer. */
    public void answered(Buffer bytes) {
        int length = bytes.length();
        answerBytes += length;
        int more = Math.min(length, most - answerLength);
        if (more <= 0 || over) {
            return;
        }
        int needed = answerLength + more;
        if (needed > answer.length && !grow(needed)) {
            return;
        }
        bytes.getBytes(0, more, answer, answerLength);
        answerLength = needed;
    }

    private boolean grow(int needed) {
        int length = Math.min(most, Math.max(Math.max(FIRST, needed), answer.length * 2));
        if (!takes(length - answer.length)) {
            return false;
        }
        answer = Arrays.copyOf(answer, length);
        return true;
    }

    private boolean takes(int bytes) {
        if (room.take(bytes)) {
            return true;
        }
        forget();
        return false;
    }

    /** Gives all of it up. What comes later is not taken down either. */
    public void forget() {
        room.give(request.length + answer.length);
        request = NOTHING;
        answer = NOTHING;
        answerLength = 0;
        over = true;
    }

    /** Whether it was given up: half of it would look like the whole. */
    public boolean isOver() {
        return over;
    }

    /** The request, from its beginning. Not to be changed. */
    public byte[] request() {
        return request;
    }

    /** How long the whole request was; 0 where it never came. */
    public long requestBytes() {
        return requestBytes;
    }

    /** The answer, from its beginning, in the first {@link #answerLength} bytes. Not to be changed. */
    public byte[] answer() {
        return answer;
    }

    /** How much of the answer is here. */
    public int answerLength() {
        return answerLength;
    }

    /** How long the answer was, as far as the client got it. */
    public long answerBytes() {
        return answerBytes;
    }

    /** Whether the answer is one of events. */
    public boolean isStreamed() {
        return streamed;
    }

    /** Sizes, and nothing of what was said. */
    @Override
    public String toString() {
        return "Transcript[" + requestBytes + " bytes asked, " + answerBytes + " bytes answered]";
    }
}
