// SPDX-License-Identifier: Apache-2.0
package dev.penstock.conversation;

import dev.penstock.exchange.GatewayError;

/** Hears an answer and does nothing; whoever wants only some of it overrides that. */
public abstract class QuietSink implements AnswerSink {

    @Override
    public void start(String id, String model) {}

    @Override
    public void text(String piece) {}

    @Override
    public void thought(String piece) {}

    @Override
    public void thoughtCarrier(Carrier carrier) {}

    @Override
    public void refusal(String piece) {}

    @Override
    public void toolStart(int call, String id, String name) {}

    @Override
    public void toolArguments(int call, String piece) {}

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
