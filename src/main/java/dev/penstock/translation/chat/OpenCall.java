// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.chat;

import dev.penstock.conversation.AnswerSink;
import dev.penstock.conversation.Carrier;
import dev.penstock.conversation.Halves;
import org.jspecify.annotations.Nullable;

/**
 * One tool call of an answer, as far as it has come. It begins for the sink with its name; what comes before that waits. It
 * follows the brackets of the arguments, so that a call is known to be complete without a parser.
 */
final class OpenCall {

    private static final int NOT_STARTED = -1;

    final long index;
    private String id;
    private String name = "";
    private int number = NOT_STARTED;
    private boolean ended;

    private final StringBuilder waiting = new StringBuilder(0);
    private @Nullable Carrier waitingCarrier;
    private final Halves halves = new Halves();
    private boolean emptyObjectHeld;

    private int depth;
    private boolean inString;
    private boolean escaped;
    private boolean complete;

    OpenCall(long index, String id) {
        this.index = index;
        this.id = id;
    }

    String id() {
        return id;
    }

    String name() {
        return name;
    }

    void learn(String newId, String newName) {
        if (number == NOT_STARTED) {
            id = newId.isEmpty() ? id : newId;
            name = newName.isEmpty() ? name : newName;
        }
    }

    boolean started() {
        return number != NOT_STARTED;
    }

    /** Whether the arguments are a whole JSON value. */
    boolean complete() {
        return complete || emptyObjectHeld;
    }

    boolean hasArguments() {
        return waiting.length() > 0;
    }

    void start(int asNumber, String fallbackId, AnswerSink sink) {
        number = asNumber;
        id = id.isEmpty() ? fallbackId : id;
        sink.toolStart(number, id, name);
        if (waitingCarrier != null) {
            sink.toolCarrier(number, waitingCarrier);
            waitingCarrier = null;
        }
        if (waiting.length() > 0) {
            String before = waiting.toString();
            waiting.setLength(0);
            say(before, sink);
        }
    }

    void carrier(Carrier carrier, AnswerSink sink) {
        if (number == NOT_STARTED) {
            waitingCarrier = carrier;
        } else if (!ended) {
            sink.toolCarrier(number, carrier);
        }
    }

    /** Some servers begin every call with a lone {@code {}} and send the arguments after it. */
    void arguments(String piece, AnswerSink sink) {
        if (ended || piece.isEmpty()) {
            return;
        }
        boolean first = depth == 0 && !complete;
        if (first && !emptyObjectHeld && piece.equals("{}")) {
            emptyObjectHeld = true;
            return;
        }
        if (emptyObjectHeld && piece.isBlank()) {
            return;
        }
        emptyObjectHeld = false;
        follow(piece);
        if (number == NOT_STARTED) {
            waiting.append(piece);
        } else {
            say(piece, sink);
        }
    }

    private void say(String piece, AnswerSink sink) {
        String whole = halves.whole(piece);
        if (!whole.isEmpty()) {
            sink.toolArguments(number, whole);
        }
    }

    private void follow(String piece) {
        for (int i = 0; i < piece.length(); i++) {
            char c = piece.charAt(i);
            if (inString) {
                if (escaped) {
                    escaped = false;
                } else if (c == '\\') {
                    escaped = true;
                } else if (c == '"') {
                    inString = false;
                }
            } else if (c == '"') {
                inString = true;
            } else if (c == '{' || c == '[') {
                depth++;
                complete = false;
            } else if ((c == '}' || c == ']') && --depth == 0) {
                complete = true;
            }
        }
    }

    void end(AnswerSink sink) {
        if (number != NOT_STARTED && !ended) {
            String rest = halves.rest();
            if (!rest.isEmpty()) {
                sink.toolArguments(number, rest);
            }
            ended = true;
            sink.toolEnd(number);
        }
    }
}
