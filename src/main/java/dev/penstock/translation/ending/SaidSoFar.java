// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.ending;

import dev.penstock.conversation.QuietSink;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Keeps the pieces of the part of an answer that is told now, be it text, reasoning or a refusal, and the arguments of its calls. */
public final class SaidSoFar extends QuietSink {

    private final StringBuilder words = new StringBuilder();
    /** By the id of the call. */
    private final Map<String, StringBuilder> arguments = new HashMap<>();

    private final List<StringBuilder> calls = new ArrayList<>(0);
    private long pieces;

    /** Another part begins. */
    void forget() {
        words.setLength(0);
    }

    String words() {
        return words.toString();
    }

    /** What has come of the arguments of a call; empty where it is not known. */
    String arguments(String callId) {
        return String.valueOf(arguments.getOrDefault(callId, new StringBuilder()));
    }

    /** Pieces that have come, of all parts and calls. */
    long pieces() {
        return pieces;
    }

    private void add(String piece) {
        pieces++;
        words.append(piece);
    }

    @Override
    public void text(String piece) {
        add(piece);
    }

    @Override
    public void thought(String piece) {
        add(piece);
    }

    @Override
    public void refusal(String piece) {
        add(piece);
    }

    @Override
    public void toolStart(int call, String id, String name) {
        StringBuilder begun = new StringBuilder();
        calls.add(begun);
        arguments.put(id, begun);
    }

    @Override
    public void toolArguments(int call, String piece) {
        pieces++;
        calls.get(call).append(piece);
    }
}
