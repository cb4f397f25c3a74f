// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.chat;

import dev.penstock.conversation.AnswerInfo;
import dev.penstock.conversation.Carrier;
import dev.penstock.conversation.Citation;
import dev.penstock.conversation.Finish;
import dev.penstock.conversation.Halves;
import dev.penstock.conversation.StreamEncoder;
import dev.penstock.conversation.Tokens;
import dev.penstock.exchange.GatewayError;
import dev.penstock.schema.openai.ChatWriter;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;

/**
 * The chunks of a chat completion as a client of OpenAI gets them. The head of all chunks is made once, an event of plain text
 * costs one copy of it and the escaped text. Reasoning goes out as {@code reasoning_content}, which the clients of reasoning
 * models read. A chunk of text is closed by whatever comes next, because the probabilities of its tokens are told after it and
 * stand in it.
 */
public final class ChatStreamEncoder implements StreamEncoder {

    private static final byte[] DONE = ascii("data: [DONE]\n\n");
    private static final byte[] DELTA = ascii("{\"index\":0,\"delta\":{");
    private static final byte[] CONTENT = ascii("\"content\":");
    private static final byte[] REASONING = ascii("\"reasoning_content\":");
    private static final byte[] REFUSAL = ascii("\"refusal\":");
    private static final byte[] LOGPROBS = ascii("},\"logprobs\":{\"content\":");
    private static final byte[] LOGPROBS_END = ascii(",\"refusal\":null},\"finish_reason\":null}]");
    private static final byte[] CALL = ascii("\"tool_calls\":[{\"index\":");
    private static final byte[] ARGUMENTS = ascii(",\"function\":{\"arguments\":");
    private static final byte[] CALL_END = ascii("}}]");

    private final JsonBytes out = new JsonBytes();
    private final AnswerForm form = new AnswerForm(out);
    private final boolean includeUsage;
    private final byte[] head;
    private final byte[] tail;
    private final byte[] usageField;

    private final Halves textHalves = new Halves();
    private final Halves thoughtHalves = new Halves();
    private final BitSet callsWithArguments = new BitSet();
    private boolean textOpen;
    private int details;
    private int thoughtFrom;
    private int thoughtTo;
    private Tokens tokens = Tokens.UNKNOWN;
    private String trailer = "";

    /** For one answer to the request that {@code info} tells about. */
    public ChatStreamEncoder(AnswerInfo info) {
        includeUsage = info.includeUsage();
        JsonBytes json = new JsonBytes();
        json.raw("data: {\"id\":").string(AnswerForm.id(info));
        json.raw(",\"object\":\"chat.completion.chunk\",\"created\":").number(info.createdSeconds());
        json.raw(",\"model\":").string(info.model()).raw(",\"choices\":[");
        head = json.take();
        // Who asked for usage gets the field in every chunk, as OpenAI sends it.
        usageField = ascii(includeUsage ? ",\"usage\":null" : "");
        tail = json.raw("},\"finish_reason\":null}]")
                .raw(usageField)
                .raw("}\n\n")
                .take();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private JsonBytes open() {
        settle();
        return out.raw(head).raw(DELTA);
    }

    private void close() {
        out.raw(tail);
    }

    /** Closes the chunk of text that may have waited for more. */
    private void settle() {
        if (textOpen) {
            textOpen = false;
            close();
        }
    }

    @Override
    public void start(String id, String model) {
        open().raw("\"role\":\"assistant\",\"content\":\"\",\"refusal\":null");
        close();
    }

    @Override
    public void text(String piece) {
        String whole = textHalves.whole(piece);
        if (!whole.isEmpty()) {
            open().raw(CONTENT).string(whole);
            textOpen = true;
        }
    }

    @Override
    public void logprobs(String tokens) {
        if (textOpen) {
            textOpen = false;
        } else {
            open();
        }
        out.raw(LOGPROBS).raw(tokens).raw(LOGPROBS_END).raw(usageField).raw("}\n\n");
    }

    private void string(byte[] field, String piece) {
        if (!piece.isEmpty()) {
            open().raw(field).string(piece);
            close();
        }
    }

    @Override
    public void thought(String piece) {
        thoughtTo += piece.length();
        string(REASONING, thoughtHalves.whole(piece));
    }

    @Override
    public void thoughtCarrier(Carrier carrier) {
        open().raw("\"reasoning_details\":[");
        form.detail(carrier, details++, thoughtFrom, thoughtTo);
        out.raw("]");
        thoughtFrom = thoughtTo;
        close();
    }

    @Override
    public void refusal(String piece) {
        string(REFUSAL, piece);
    }

    @Override
    public void toolStart(int call, String id, String name) {
        open().raw(CALL).number(call);
        out.raw(",\"id\":").string(id);
        out.raw(",\"type\":\"function\",\"function\":{\"name\":").string(name);
        out.raw(",\"arguments\":\"\"").raw(CALL_END);
        close();
    }

    @Override
    public void toolArguments(int call, String piece) {
        callsWithArguments.set(call);
        open().raw(CALL).number(call).raw(ARGUMENTS).string(piece).raw(CALL_END);
        close();
    }

    @Override
    public void toolCarrier(int call, Carrier carrier) {
        open().raw(CALL).number(call).raw(",");
        form.extraContent(carrier);
        out.raw("}]");
        close();
    }

    /** Clients parse the joined pieces: a call without arguments needs an empty object, not nothing. */
    @Override
    public void toolEnd(int call) {
        if (!callsWithArguments.get(call)) {
            toolArguments(call, "{}");
        }
    }

    /** A source without an address has no form in this schema. */
    @Override
    public void citation(Citation citation) {
        if (citation.url() != null) {
            open().raw("\"annotations\":[");
            form.annotation(citation, citation.url());
            out.raw("]");
            close();
        }
    }

    @Override
    public void finish(Finish finish) {
        string(REASONING, thoughtHalves.rest());
        string(CONTENT, textHalves.rest());
        open().raw("},");
        form.finish(finish);
        out.raw("}]").raw(usageField).raw(trailer).raw("}\n\n");
    }

    @Override
    public void trailer(String json) {
        trailer = ",\"penstock\":" + json;
    }

    @Override
    public void usage(Tokens counted) {
        tokens = tokens.with(counted);
    }

    @Override
    public void end() {
        settle();
        if (includeUsage && AnswerForm.known(tokens)) {
            out.raw(head).raw("],");
            form.usage(tokens);
            out.raw("}\n\n");
        }
        out.raw(DONE);
    }

    /** Says nothing: {@link #error} makes the event, for this error and for those of the gateway. */
    @Override
    public void failed(GatewayError error) {}

    @Override
    public byte[] take() {
        settle();
        return out.take();
    }

    @Override
    public byte[] error(GatewayError error, String requestId) {
        return ChatWriter.errorEvent(error, requestId).getBytes();
    }
}
