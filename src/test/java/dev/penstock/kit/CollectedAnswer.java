// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit;

import dev.penstock.conversation.AnswerSink;
import dev.penstock.conversation.Carrier;
import dev.penstock.conversation.Citation;
import dev.penstock.conversation.Finish;
import dev.penstock.conversation.Tokens;
import dev.penstock.exchange.GatewayError;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** Gathers an answer and holds the reader to the order that {@link AnswerSink} promises. */
public final class CollectedAnswer implements AnswerSink {

    /** One tool call, as far as it has come. */
    public static final class Call {
        public final String id;
        public final String name;
        public final StringBuilder arguments = new StringBuilder();
        public final List<Carrier> carriers = new ArrayList<>();
        public boolean ended;

        Call(String id, String name) {
            this.id = id;
            this.name = name;
        }

        /** What a client makes of it. */
        public String json() {
            return arguments.isEmpty() ? "{}" : arguments.toString();
        }
    }

    public String id;
    public String model;
    public final StringBuilder text = new StringBuilder();
    public final StringBuilder thought = new StringBuilder();
    public final StringBuilder refusal = new StringBuilder();
    public final List<Carrier> carriers = new ArrayList<>();
    public final List<Citation> citations = new ArrayList<>();
    public final TreeMap<Integer, Call> calls = new TreeMap<>();
    public Finish finish;
    public Tokens tokens = Tokens.UNKNOWN;
    public GatewayError error;
    public boolean ended;

    @Override
    public void start(String answerId, String answerModel) {
        must(id == null && !over(), "a second start");
        id = answerId;
        model = answerModel;
    }

    @Override
    public void text(String piece) {
        content(piece);
        text.append(piece);
    }

    @Override
    public void thought(String piece) {
        content(piece);
        thought.append(piece);
    }

    @Override
    public void thoughtCarrier(Carrier carrier) {
        open();
        carriers.add(carrier);
    }

    @Override
    public void refusal(String piece) {
        content(piece);
        refusal.append(piece);
    }

    @Override
    public void toolStart(int call, String callId, String name) {
        open();
        must(call == calls.size(), "call " + call + " after " + calls.size() + " calls");
        calls.put(call, new Call(callId, name));
    }

    @Override
    public void toolArguments(int call, String piece) {
        content(piece);
        must(!calls.get(call).ended, "arguments after the end of call " + call);
        calls.get(call).arguments.append(piece);
    }

    @Override
    public void toolCarrier(int call, Carrier carrier) {
        open();
        must(!calls.get(call).ended, "a carrier after the end of call " + call);
        calls.get(call).carriers.add(carrier);
    }

    @Override
    public void toolEnd(int call) {
        open();
        must(!calls.get(call).ended, "a second end of call " + call);
        calls.get(call).ended = true;
    }

    @Override
    public void citation(Citation citation) {
        open();
        citations.add(citation);
    }

    @Override
    public void finish(Finish why) {
        open();
        must(finish == null, "a second finish");
        must(calls.values().stream().allMatch(call -> call.ended), "a finish before the end of a call");
        finish = why;
    }

    @Override
    public void usage(Tokens counted) {
        must(!over(), "usage after the end");
        tokens = tokens.with(counted);
    }

    @Override
    public void end() {
        must(finish != null && !over(), "an end without a finish");
        ended = true;
    }

    @Override
    public void failed(GatewayError why) {
        must(!over(), "an error after the end");
        error = why;
    }

    private void content(String piece) {
        open();
        must(!piece.isEmpty(), "an empty piece");
    }

    private void open() {
        must(id != null && finish == null && !over(), "content outside the answer");
    }

    private boolean over() {
        return ended || error != null;
    }

    private static void must(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }
}
