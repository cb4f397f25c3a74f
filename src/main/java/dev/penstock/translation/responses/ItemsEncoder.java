// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.responses;

import dev.penstock.conversation.AnswerSink;
import dev.penstock.conversation.Carrier;
import dev.penstock.conversation.Citation;
import dev.penstock.conversation.Finish;
import dev.penstock.conversation.Tokens;
import dev.penstock.exchange.GatewayError;

/** Hands what it hears to the items of an answer; what becomes of them, a stream or one object, its heirs know. */
abstract class ItemsEncoder implements AnswerSink {

    final OutputItems items;

    ItemsEncoder(OutputItems items) {
        this.items = items;
    }

    @Override
    public void start(String id, String model) {
        items.start(id, model);
    }

    @Override
    public void text(String piece) {
        items.text(piece);
    }

    @Override
    public void thought(String piece) {
        items.thought(piece);
    }

    @Override
    public void thoughtCarrier(Carrier carrier) {
        items.thoughtCarrier(carrier);
    }

    @Override
    public void refusal(String piece) {
        items.refusal(piece);
    }

    @Override
    public void toolStart(int call, String id, String name) {
        items.toolStart(call, id, name);
    }

    @Override
    public void toolArguments(int call, String piece) {
        items.toolArguments(call, piece);
    }

    @Override
    public void toolCarrier(int call, Carrier carrier) {
        items.toolCarrier(call, carrier);
    }

    @Override
    public void toolEnd(int call) {
        items.toolEnd(call);
    }

    @Override
    public void logprobs(String tokens) {
        items.logprobs(tokens);
    }

    @Override
    public void citation(Citation citation) {
        items.citation(citation);
    }

    @Override
    public void finish(Finish finish) {
        items.finish(finish);
    }

    @Override
    public void usage(Tokens tokens) {
        items.usage(tokens);
    }

    @Override
    public void end() {
        items.end();
    }

    @Override
    public void failed(GatewayError error) {
        items.failed(error);
    }
}
