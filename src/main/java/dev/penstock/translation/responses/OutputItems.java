// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.responses;

import dev.penstock.conversation.AnswerInfo;
import dev.penstock.conversation.AnswerSink;
import dev.penstock.conversation.Carrier;
import dev.penstock.conversation.Citation;
import dev.penstock.conversation.Finish;
import dev.penstock.conversation.Tokens;
import dev.penstock.exchange.GatewayError;
import dev.penstock.schema.openai.OpenAiErrors;
import dev.penstock.schema.responses.ResponsesErrorWriter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Builds the output items of one answer and, where they are wanted, says every step as an event: the one place that knows what an
 * answer looks like, so that a stream's last event and a whole answer cannot differ.
 *
 * <pre>
 *   nothing --text, refusal--&gt; message item, one part per kind        (a change of kind ends the part,
 *   nothing --thought--------&gt; reasoning item, one summary part        of the item the item)
 *   nothing --toolStart------&gt; function_call item, open beside others until toolEnd
 * </pre>
 *
 * <p>A call is announced with its first piece, not with {@code toolStart}: most carriers of a call come in between, and their
 * reasoning item then stands before the call, where OpenAI's own stands.
 */
final class OutputItems implements AnswerSink {

    private static final byte[] UNFINISHED = new byte[0];

    private enum Kind {
        NONE,
        TEXT,
        REFUSAL,
        THOUGHT
    }

    /** One function call that has begun. */
    private static final class Call {
        private final byte[] callId;
        private final String plainId;
        private final byte[] name;
        private final StringBuilder arguments = new StringBuilder();
        private int place = -1;
        private byte[] itemId = UNFINISHED;
        private byte[] beforeDelta = UNFINISHED;
        private boolean ended;

        Call(String id, String name) {
            this.plainId = id;
            this.callId = EventBuffer.escaped(id);
            this.name = EventBuffer.escaped(name);
        }
    }

    private final AnswerInfo info;
    private final boolean streaming;
    private final ResponseObject response;
    private final EventBuffer out = new EventBuffer(2048);
    private final EventBuffer scratch = new EventBuffer(512);
    private final List<byte[]> items = new ArrayList<>();
    private int sequence;

    private Kind kind = Kind.NONE;
    private int place;
    private int part;
    private byte[] itemId = UNFINISHED;
    private byte[] beforeDelta = UNFINISHED;
    private final StringBuilder words = new StringBuilder();
    private final EventBuffer parts = new EventBuffer(256);
    private final EventBuffer annotations = new EventBuffer(64);
    /** Of the part so far, without the brackets. */
    private final EventBuffer logprobs = new EventBuffer(0);
    /** A piece of text has been said but for what may still be told about its tokens. */
    private boolean deltaOpen;

    private int annotationCount;
    /** Characters of the answer before this part. */
    private int textBefore;

    private final List<Call> calls = new ArrayList<>();
    private @Nullable Call unannounced;

    private Tokens tokens = Tokens.UNKNOWN;
    private ResponseObject.Status status = ResponseObject.Status.IN_PROGRESS;
    private @Nullable String incomplete;

    OutputItems(AnswerInfo info, boolean streaming) {
        this.info = info;
        this.streaming = streaming;
        this.response = new ResponseObject(info);
    }

    // ------------------------------------------------------------------ what comes out

    byte[] take() {
        settle();
        return out.take();
    }

    /** The {@code response} object as it stands. */
    byte[] object() {
        EventBuffer whole = new EventBuffer(1024);
        response.write(whole, status, items, incomplete, null, tokens);
        return whole.take();
    }

    /** As OpenAI ends a stream that fails: the {@code error} event, then {@code response.failed}. */
    byte[] error(GatewayError error, String requestId) {
        EventBuffer last = new EventBuffer(1024);
        last.raw(ResponsesErrorWriter.errorEvent(error, requestId, sequence++));
        byte[] reason = new EventBuffer(128)
                .raw(EventBuffer.bytes("{\"code\":\""))
                .string(OpenAiErrors.code(error))
                .raw(EventBuffer.bytes("\",\"message\":\""))
                .string(String.valueOf(error.getMessage()))
                .raw(EventBuffer.bytes("\"}"))
                .take();
        last.raw(Events.FAILED).number(sequence++).raw(Events.RESPONSE);
        response.write(last, ResponseObject.Status.FAILED, items, null, reason, tokens);
        return last.raw(Events.END).take();
    }

    // ------------------------------------------------------------------ the answer

    @Override
    public void start(String id, String model) {
        if (streaming) {
            responseEvent(Events.CREATED);
            responseEvent(Events.IN_PROGRESS);
        }
    }

    @Override
    public void text(String piece) {
        open(Kind.TEXT);
        words.append(piece);
        if (streaming) {
            event(Events.TEXT_DELTA).raw(beforeDelta).string(piece);
            deltaOpen = true;
        }
    }

    private void settle() {
        if (deltaOpen) {
            deltaOpen = false;
            out.raw(Events.LOGPROBS).raw(Events.END_LOGPROBS);
        }
    }

    /** Told late, they stand only in the events that end the part. */
    @Override
    public void logprobs(String tokens) {
        if (kind != Kind.TEXT) {
            return;
        }
        byte[] bare = EventBuffer.bytes(tokens.substring(1, tokens.length() - 1));
        if (deltaOpen) {
            deltaOpen = false;
            out.raw(Events.LOGPROBS).raw(bare).raw(Events.END_LOGPROBS);
        }
        if (!logprobs.isEmpty()) {
            logprobs.raw(EventBuffer.bytes(","));
        }
        logprobs.raw(bare);
    }

    @Override
    public void thought(String piece) {
        open(Kind.THOUGHT);
        words.append(piece);
        delta(Events.SUMMARY_DELTA, piece);
    }

    @Override
    public void refusal(String piece) {
        open(Kind.REFUSAL);
        words.append(piece);
        delta(Events.REFUSAL_DELTA, piece);
    }

    private void delta(byte[] head, String piece) {
        if (streaming) {
            event(head).raw(beforeDelta).string(piece).raw(Events.END_STRING);
        }
    }

    /**
     * An own carrier keeps its id, for OpenAI checks it against the content; the id of a summary that has been said before is
     * another one, so the carrier becomes an item of its own behind it.
     */
    @Override
    public void thoughtCarrier(Carrier carrier) {
        announce();
        boolean plain = CarrierText.isPlain(carrier);
        String content = plain ? carrier.value() : CarrierText.wrapped(carrier, null);
        if (kind == Kind.THOUGHT && !plain) {
            closeReasoning(content);
            return;
        }
        closeBlock(true);
        carrierItem(plain ? carrier.id() : null, content);
    }

    private void carrierItem(@Nullable String id, String content) {
        place = items.size();
        itemId = id == null ? newId("rs_", place) : EventBuffer.escaped(id);
        addReasoning();
        parts.clear();
        finishReasoning(content);
    }

    @Override
    public void toolStart(int call, String id, String name) {
        announce();
        closeBlock(true);
        Call begun = new Call(id.isEmpty() ? "call_" + info.id() + "_" + call : id, name);
        calls.add(begun);
        unannounced = begun;
    }

    @Override
    public void toolArguments(int call, String piece) {
        Call known = calls.get(call);
        announce();
        known.arguments.append(piece);
        argumentsDelta(known, piece);
    }

    private void argumentsDelta(Call call, String piece) {
        if (streaming) {
            event(Events.ARGUMENTS_DELTA).raw(call.beforeDelta).string(piece).raw(Events.END_STRING);
        }
    }

    @Override
    public void toolCarrier(int call, Carrier carrier) {
        Call known = calls.get(call);
        if (unannounced != known) {
            announce();
        }
        closeBlock(true);
        carrierItem(null, CarrierText.wrapped(carrier, known.plainId));
    }

    @Override
    public void toolEnd(int call) {
        announce();
        end(calls.get(call), true);
    }

    private void end(Call call, boolean whole) {
        if (call.ended) {
            return;
        }
        call.ended = true;
        if (call.arguments.isEmpty()) {
            call.arguments.append("{}");
            argumentsDelta(call, "{}");
        }
        scratch.clear();
        callItem(scratch, call, whole ? "completed" : "incomplete");
        byte[] item = scratch.take();
        items.set(call.place, item);
        if (streaming) {
            event(Events.ARGUMENTS_DONE).raw(Events.ITEM_ID).raw(call.itemId);
            out.raw(Events.OUTPUT_INDEX).number(call.place);
            out.raw(Events.ARGUMENTS).string(call.arguments).raw(Events.NAME).raw(call.name);
            out.raw(Events.END_STRING);
            itemEvent(Events.ITEM_DONE, call.place, item);
        }
    }

    /** Says the call that has begun and has not been said. */
    private void announce() {
        Call call = unannounced;
        if (call == null) {
            return;
        }
        unannounced = null;
        call.place = items.size();
        call.itemId = newId("fc_", call.place);
        items.add(UNFINISHED);
        if (streaming) {
            scratch.clear();
            scratch.raw(Events.ITEM_ID)
                    .raw(call.itemId)
                    .raw(Events.OUTPUT_INDEX)
                    .number(call.place)
                    .raw(Events.DELTA);
            call.beforeDelta = scratch.take();
            callItem(scratch, call, "in_progress");
            itemEvent(Events.ITEM_ADDED, call.place, scratch.take());
        }
    }

    private static void callItem(EventBuffer to, Call call, String status) {
        to.raw(EventBuffer.bytes("{\"id\":\"")).raw(call.itemId);
        to.raw(EventBuffer.bytes("\",\"type\":\"function_call\",\"status\":\"")).string(status);
        to.raw(EventBuffer.bytes("\",\"arguments\":\"")).string(call.arguments);
        to.raw(EventBuffer.bytes("\",\"call_id\":\"")).raw(call.callId);
        to.raw(EventBuffer.bytes("\",\"name\":\"")).raw(call.name).raw(EventBuffer.bytes("\"}"));
    }

    /** Counted from the begin of its part. Stands at the end of the text so far where the source does not say which words it supports. */
    @Override
    public void citation(Citation citation) {
        open(Kind.TEXT);
        int from = citation.from() < 0 ? words.length() : Math.max(0, citation.from() - textBefore);
        int to = citation.to() < 0 ? from : Math.max(from, citation.to() - textBefore);
        scratch.clear();
        if (citation.url() == null) {
            scratch.raw(EventBuffer.bytes("{\"type\":\"file_citation\",\"file_id\":\"\",\"filename\":\""));
            scratch.string(citation.title() == null ? "" : citation.title());
            scratch.raw(EventBuffer.bytes("\",\"index\":")).number(from).raw(EventBuffer.bytes("}"));
        } else {
            scratch.raw(EventBuffer.bytes("{\"type\":\"url_citation\",\"start_index\":"))
                    .number(from);
            scratch.raw(EventBuffer.bytes(",\"end_index\":")).number(to);
            scratch.raw(EventBuffer.bytes(",\"title\":\"")).string(citation.title() == null ? "" : citation.title());
            scratch.raw(EventBuffer.bytes("\",\"url\":\""))
                    .string(citation.url())
                    .raw(EventBuffer.bytes("\"}"));
        }
        byte[] annotation = scratch.take();
        if (annotationCount > 0) {
            annotations.raw(EventBuffer.bytes(","));
        }
        annotations.raw(annotation);
        if (streaming) {
            partHead(Events.ANNOTATION_ADDED);
            out.raw(EventBuffer.bytes(",\"annotation_index\":")).number(annotationCount);
            out.raw(EventBuffer.bytes(",\"annotation\":")).raw(annotation).raw(Events.END);
        }
        annotationCount++;
    }

    @Override
    public void finish(Finish finish) {
        announce();
        boolean whole = finish.reason() != Finish.Reason.LENGTH;
        for (Call call : calls) {
            end(call, whole);
        }
        closeBlock(whole);
        incomplete = switch (finish.reason()) {
            case LENGTH -> "max_output_tokens";
            case CONTENT_FILTER -> "content_filter";
            case STOP, STOP_SEQUENCE, TOOL_CALLS, PAUSE -> null;
        };
        status = incomplete == null ? ResponseObject.Status.COMPLETED : ResponseObject.Status.INCOMPLETE;
    }

    @Override
    public void usage(Tokens counted) {
        tokens = tokens.with(counted);
    }

    void trailer(String json) {
        response.trailer(json);
    }

    @Override
    public void end() {
        if (streaming) {
            responseEvent(incomplete == null ? Events.COMPLETED : Events.INCOMPLETE);
        }
    }

    /** Said by {@link #error}, which knows the id that the client may quote. */
    @Override
    public void failed(GatewayError error) {}

    // ------------------------------------------------------------------ blocks

    private void open(Kind wanted) {
        if (wanted == kind) {
            return;
        }
        announce();
        if (wanted == Kind.THOUGHT) {
            closeBlock(true);
            openReasoning();
            return;
        }
        if (kind == Kind.TEXT || kind == Kind.REFUSAL) {
            closePart();
            part++;
        } else {
            closeBlock(true);
            openMessage();
        }
        openPart(wanted);
    }

    private void openMessage() {
        place = items.size();
        part = 0;
        itemId = newId("msg_", place);
        items.add(UNFINISHED);
        parts.clear();
        if (streaming) {
            scratch.clear();
            messageItem("in_progress");
            itemEvent(Events.ITEM_ADDED, place, scratch.take());
        }
    }

    private void messageItem(String how) {
        scratch.raw(EventBuffer.bytes("{\"id\":\"")).raw(itemId);
        scratch.raw(EventBuffer.bytes("\",\"type\":\"message\",\"status\":\"")).string(how);
        scratch.raw(EventBuffer.bytes("\",\"content\":[")).raw(parts);
        scratch.raw(EventBuffer.bytes("],\"role\":\"assistant\"}"));
    }

    private void openPart(Kind wanted) {
        kind = wanted;
        words.setLength(0);
        annotations.clear();
        logprobs.clear();
        annotationCount = 0;
        if (streaming) {
            scratch.clear();
            scratch.raw(Events.ITEM_ID).raw(itemId).raw(Events.OUTPUT_INDEX).number(place);
            scratch.raw(Events.CONTENT_INDEX).number(part).raw(Events.DELTA);
            beforeDelta = scratch.take();
            partHead(Events.PART_ADDED);
            out.raw(Events.PART);
            partObject(out);
            out.raw(Events.END);
        }
    }

    private void partHead(byte[] head) {
        event(head).raw(Events.ITEM_ID).raw(itemId);
        out.raw(Events.OUTPUT_INDEX).number(place).raw(Events.CONTENT_INDEX).number(part);
    }

    private void partObject(EventBuffer to) {
        if (kind == Kind.REFUSAL) {
            to.raw(EventBuffer.bytes("{\"type\":\"refusal\",\"refusal\":\"")).string(words);
            to.raw(EventBuffer.bytes("\"}"));
            return;
        }
        to.raw(EventBuffer.bytes("{\"type\":\"output_text\",\"annotations\":[")).raw(annotations);
        to.raw(EventBuffer.bytes("],\"logprobs\":[")).raw(logprobs);
        to.raw(EventBuffer.bytes("],\"text\":\"")).string(words).raw(EventBuffer.bytes("\"}"));
    }

    private void closePart() {
        scratch.clear();
        partObject(scratch);
        byte[] whole = scratch.take();
        if (streaming) {
            if (kind == Kind.REFUSAL) {
                partHead(Events.REFUSAL_DONE);
                out.raw(Events.REFUSAL).string(words).raw(Events.END_STRING);
            } else {
                partHead(Events.TEXT_DONE);
                out.raw(Events.TEXT).string(words);
                out.raw(Events.LOGPROBS).raw(logprobs).raw(Events.END_LOGPROBS);
            }
            partHead(Events.PART_DONE);
            out.raw(Events.PART).raw(whole).raw(Events.END);
        }
        if (!parts.isEmpty()) {
            parts.raw(EventBuffer.bytes(","));
        }
        parts.raw(whole);
        textBefore += kind == Kind.TEXT ? words.length() : 0;
    }

    private void closeBlock(boolean whole) {
        switch (kind) {
            case NONE -> {}
            case THOUGHT -> closeReasoning(null);
            case TEXT, REFUSAL -> {
                closePart();
                scratch.clear();
                messageItem(whole ? "completed" : "incomplete");
                finishItem(scratch.take());
            }
        }
    }

    private void openReasoning() {
        place = items.size();
        itemId = newId("rs_", place);
        addReasoning();
        kind = Kind.THOUGHT;
        words.setLength(0);
        if (streaming) {
            scratch.clear();
            scratch.raw(Events.ITEM_ID).raw(itemId).raw(Events.OUTPUT_INDEX).number(place);
            scratch.raw(Events.SUMMARY_INDEX).raw(Events.DELTA);
            beforeDelta = scratch.take();
            summaryHead(Events.SUMMARY_PART_ADDED);
            out.raw(Events.PART).raw(Events.EMPTY_SUMMARY).raw(Events.END);
        }
    }

    private void addReasoning() {
        items.add(UNFINISHED);
        if (streaming) {
            scratch.clear();
            scratch.raw(EventBuffer.bytes("{\"id\":\"")).raw(itemId);
            scratch.raw(EventBuffer.bytes("\",\"type\":\"reasoning\",\"summary\":[]}"));
            itemEvent(Events.ITEM_ADDED, place, scratch.take());
        }
    }

    private void summaryHead(byte[] head) {
        event(head).raw(Events.ITEM_ID).raw(itemId);
        out.raw(Events.OUTPUT_INDEX).number(place).raw(Events.SUMMARY_INDEX);
    }

    private void closeReasoning(@Nullable String content) {
        parts.clear();
        parts.raw(EventBuffer.bytes("{\"type\":\"summary_text\",\"text\":\"")).string(words);
        parts.raw(EventBuffer.bytes("\"}"));
        if (streaming) {
            summaryHead(Events.SUMMARY_DONE);
            out.raw(Events.TEXT).string(words).raw(Events.END_STRING);
            summaryHead(Events.SUMMARY_PART_DONE);
            out.raw(Events.PART).raw(parts).raw(Events.END);
        }
        finishReasoning(content);
    }

    /** With the summary in {@link #parts}. */
    private void finishReasoning(@Nullable String content) {
        scratch.clear();
        scratch.raw(EventBuffer.bytes("{\"id\":\"")).raw(itemId);
        scratch.raw(EventBuffer.bytes("\",\"type\":\"reasoning\",\"summary\":["))
                .raw(parts);
        scratch.raw(EventBuffer.bytes("]"));
        if (content != null) {
            scratch.raw(EventBuffer.bytes(",\"encrypted_content\":\"")).string(content);
            scratch.raw(EventBuffer.bytes("\""));
        }
        scratch.raw(EventBuffer.bytes("}"));
        finishItem(scratch.take());
    }

    private void finishItem(byte[] item) {
        items.set(place, item);
        kind = Kind.NONE;
        words.setLength(0);
        parts.clear();
        if (streaming) {
            itemEvent(Events.ITEM_DONE, place, item);
        }
    }

    // ------------------------------------------------------------------ events

    private EventBuffer event(byte[] head) {
        settle();
        return out.raw(head).number(sequence++);
    }

    private void responseEvent(byte[] head) {
        event(head).raw(Events.RESPONSE);
        response.write(out, status, items, incomplete, null, tokens);
        out.raw(Events.END);
    }

    private void itemEvent(byte[] head, int index, byte[] item) {
        event(head).raw(Events.OUTPUT_INDEX_FIRST).number(index);
        out.raw(Events.ITEM).raw(item).raw(Events.END);
    }

    private byte[] newId(String prefix, int index) {
        return EventBuffer.escaped(prefix + info.id() + "_" + index);
    }
}
