// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.chat;

import dev.penstock.conversation.AnswerEncoder;
import dev.penstock.conversation.AnswerInfo;
import dev.penstock.conversation.Carrier;
import dev.penstock.conversation.Citation;
import dev.penstock.conversation.Finish;
import dev.penstock.conversation.Tokens;
import dev.penstock.exchange.GatewayError;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A whole {@code chat.completion} as a client of OpenAI gets it, with the additions of {@link ChatStreamEncoder}. */
public final class ChatAnswerEncoder implements AnswerEncoder {

    private static final class Call {
        private final String id;
        private final String name;
        private final StringBuilder arguments = new StringBuilder();
        private @Nullable Carrier carrier;

        Call(String id, String name) {
            this.id = id;
            this.name = name;
        }
    }

    /** A carrier, and the characters of the reasoning that it signs. */
    private record Detail(Carrier carrier, int from, int to) {}

    private final AnswerInfo info;
    private final JsonBytes out = new JsonBytes();
    private final AnswerForm form = new AnswerForm(out);

    private final StringBuilder text = new StringBuilder();
    private final StringBuilder thought = new StringBuilder(0);
    private final StringBuilder refusal = new StringBuilder(0);
    private final StringBuilder logprobs = new StringBuilder(0);
    private final List<Detail> details = new ArrayList<>(0);
    private final List<Call> calls = new ArrayList<>(0);
    private final List<Citation> citations = new ArrayList<>(0);
    private int thoughtFrom;
    private Finish finish = new Finish(Finish.Reason.STOP, "", null);
    private Tokens tokens = Tokens.UNKNOWN;

    /** For one answer to the request that {@code info} tells about. */
    public ChatAnswerEncoder(AnswerInfo info) {
        this.info = info;
    }

    @Override
    public void start(String id, String model) {}

    @Override
    public void text(String piece) {
        text.append(piece);
    }

    @Override
    public void thought(String piece) {
        thought.append(piece);
    }

    @Override
    public void thoughtCarrier(Carrier carrier) {
        details.add(new Detail(carrier, thoughtFrom, thought.length()));
        thoughtFrom = thought.length();
    }

    @Override
    public void refusal(String piece) {
        refusal.append(piece);
    }

    @Override
    public void toolStart(int call, String id, String name) {
        calls.add(new Call(id, name));
    }

    @Override
    public void toolArguments(int call, String piece) {
        calls.get(call).arguments.append(piece);
    }

    @Override
    public void toolCarrier(int call, Carrier carrier) {
        calls.get(call).carrier = carrier;
    }

    @Override
    public void toolEnd(int call) {}

    @Override
    public void logprobs(String tokens) {
        logprobs.append(logprobs.isEmpty() ? "" : ",").append(tokens, 1, tokens.length() - 1);
    }

    @Override
    public void citation(Citation citation) {
        if (citation.url() != null) {
            citations.add(citation);
        }
    }

    @Override
    public void finish(Finish why) {
        finish = why;
    }

    @Override
    public void usage(Tokens counted) {
        tokens = tokens.with(counted);
    }

    @Override
    public void end() {}

    /** There is no answer then: the error is told in its place by who asked for it. */
    @Override
    public void failed(GatewayError error) {}

    @Override
    public byte[] body() {
        out.raw("{\"id\":").string(AnswerForm.id(info));
        out.raw(",\"object\":\"chat.completion\",\"created\":").number(info.createdSeconds());
        out.raw(",\"model\":").string(info.model());
        out.raw(",\"choices\":[{\"index\":0,\"message\":{");
        message();
        out.raw("},\"logprobs\":");
        if (logprobs.isEmpty()) {
            out.raw("null,");
        } else {
            out.raw("{\"content\":[").raw(logprobs.toString()).raw("],\"refusal\":null},");
        }
        form.finish(finish);
        out.raw("}]");
        if (AnswerForm.known(tokens)) {
            out.raw(",");
            form.usage(tokens);
        }
        return out.raw("}").take();
    }

    private void message() {
        out.raw("\"role\":\"assistant\",\"content\":");
        optional(text, calls.isEmpty() && refusal.isEmpty());
        out.raw(",\"refusal\":");
        optional(refusal, false);
        if (!thought.isEmpty()) {
            out.raw(",\"reasoning_content\":").string(thought.toString());
        }
        if (!details.isEmpty()) {
            out.raw(",\"reasoning_details\":[");
            for (int i = 0; i < details.size(); i++) {
                Detail detail = details.get(i);
                out.raw(i == 0 ? "" : ",");
                form.detail(detail.carrier(), i, detail.from(), detail.to());
            }
            out.raw("]");
        }
        annotations();
        toolCalls();
    }

    private void optional(StringBuilder value, boolean evenEmpty) {
        if (value.isEmpty() && !evenEmpty) {
            out.raw("null");
        } else {
            out.string(value.toString());
        }
    }

    private void annotations() {
        if (citations.isEmpty()) {
            return;
        }
        out.raw(",\"annotations\":[");
        String comma = "";
        for (Citation citation : citations) {
            out.raw(comma);
            form.annotation(citation, citation.url() == null ? "" : citation.url());
            comma = ",";
        }
        out.raw("]");
    }

    private void toolCalls() {
        if (calls.isEmpty()) {
            return;
        }
        out.raw(",\"tool_calls\":[");
        String comma = "";
        for (Call call : calls) {
            out.raw(comma).raw("{\"id\":").string(call.id);
            out.raw(",\"type\":\"function\",\"function\":{\"name\":").string(call.name);
            out.raw(",\"arguments\":")
                    .string(call.arguments.isEmpty() ? "{}" : call.arguments.toString())
                    .raw("}");
            if (call.carrier != null) {
                out.raw(",");
                form.extraContent(call.carrier);
            }
            out.raw("}");
            comma = ",";
        }
        out.raw("]");
    }
}
