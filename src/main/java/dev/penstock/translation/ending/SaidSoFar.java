// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.ending;

import dev.penstock.conversation.AnswerSink;
import dev.penstock.conversation.Carrier;
import dev.penstock.conversation.Citation;
import dev.penstock.conversation.Finish;
import dev.penstock.conversation.Tokens;
import dev.penstock.exchange.GatewayError;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Keeps the pieces of the part of an answer that is told now, be it text, reasoning or a refusal, and the arguments of its calls. */
public final class SaidSoFar implements AnswerSink {

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

    @Override
    public void start(String id, String model) {}

    @Override
    public void thoughtCarrier(Carrier carrier) {}

    @Override
    public void toolCarrier(int call, Carrier carrier) {}

    @Override
    public void toolEnd(int call) {}

    @Override
    public void citation(Citation citation) {}

    @Override
    public void finish(Finish finish) {}

    @Override
    public void usage(Tokens tokens) {}

    @Override
    public void end() {}

    @Override
    public void failed(GatewayError error) {}
}
