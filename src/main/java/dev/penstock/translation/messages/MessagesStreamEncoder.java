// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.messages;

import dev.penstock.conversation.AnswerInfo;
import dev.penstock.conversation.Carrier;
import dev.penstock.conversation.Citation;
import dev.penstock.conversation.Finish;
import dev.penstock.conversation.StreamEncoder;
import dev.penstock.conversation.Tokens;
import dev.penstock.exchange.GatewayError;
import dev.penstock.schema.anthropic.MessagesErrorWriter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An answer as Anthropic's events. One block is open at a time, and a tool call stays open until its arguments are complete; what comes
 * meanwhile (pieces of other calls, text) waits in order until its own block can open.
 *
 * <pre>
 *   message_start, ping, { content_block_start, content_block_delta*, content_block_stop }*, message_delta, message_stop
 *
 *   NOTHING --text--&gt; TEXT --thought--&gt; THINKING --carrier--&gt; NOTHING      (a change of kind closes the block before it)
 *   any     --toolStart--&gt; TOOL --toolEnd--&gt; NOTHING                       (in TOOL everything else waits)
 * </pre>
 *
 * <p>Carriers of other providers travel in {@code signature}, see {@link SignatureText}; those of a tool call in a thinking block
 * of their own behind it, because a tool_use block has no place for them.
 */
public final class MessagesStreamEncoder implements StreamEncoder {

    /** What kind of block is open, or waits. */
    private enum Kind {
        NOTHING,
        TEXT,
        THINKING,
        TOOL
    }

    /** A block that waits for the open call to end. */
    private static final class Waiting {
        private final Kind kind;
        private final int call;
        private final String id;
        private final String name;
        private final StringBuilder content = new StringBuilder();
        private final List<Carrier> carriers = new ArrayList<>(1);
        private boolean ended;

        Waiting(Kind kind, int call, String id, String name) {
            this.kind = kind;
            this.call = call;
            this.id = id;
            this.name = name;
        }
    }

    private static final byte[] MESSAGE_START =
            EventOut.ascii("event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":");
    private static final byte[] MESSAGE_MODEL =
            EventOut.ascii(",\"type\":\"message\",\"role\":\"assistant\",\"model\":");
    private static final byte[] MESSAGE_USAGE =
            EventOut.ascii(",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":");
    private static final byte[] PING = EventOut.ascii("event: ping\ndata: {\"type\":\"ping\"}\n\n");
    private static final byte[] BLOCK_START =
            EventOut.ascii("event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":");
    private static final byte[] TEXT_BLOCK =
            EventOut.ascii(",\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n");
    private static final byte[] THINKING_BLOCK =
            EventOut.ascii(",\"content_block\":{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}}\n\n");
    private static final byte[] REDACTED_BLOCK =
            EventOut.ascii(",\"content_block\":{\"type\":\"redacted_thinking\",\"data\":");
    private static final byte[] TOOL_BLOCK = EventOut.ascii(",\"content_block\":{\"type\":\"tool_use\",\"id\":");
    private static final byte[] TOOL_NAME = EventOut.ascii(",\"name\":");
    private static final byte[] TOOL_INPUT = EventOut.ascii(",\"input\":{}}}\n\n");
    private static final byte[] DELTA =
            EventOut.ascii("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":");
    private static final byte[] TEXT_DELTA = EventOut.ascii(",\"delta\":{\"type\":\"text_delta\",\"text\":");
    private static final byte[] THINKING_DELTA =
            EventOut.ascii(",\"delta\":{\"type\":\"thinking_delta\",\"thinking\":");
    private static final byte[] SIGNATURE_DELTA =
            EventOut.ascii(",\"delta\":{\"type\":\"signature_delta\",\"signature\":");
    private static final byte[] INPUT_DELTA =
            EventOut.ascii(",\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":");
    private static final byte[] CITATION_DELTA =
            EventOut.ascii(",\"delta\":{\"type\":\"citations_delta\",\"citation\":");
    private static final byte[] TWO_ENDS = EventOut.ascii("}}\n\n");
    private static final byte[] ONE_END = EventOut.ascii("}\n\n");
    private static final byte[] BLOCK_STOP =
            EventOut.ascii("event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":");
    private static final byte[] MESSAGE_DELTA =
            EventOut.ascii("event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":");
    private static final byte[] NEXT_SEQUENCE = EventOut.ascii(",\"stop_sequence\":");
    private static final byte[] NULL = EventOut.ascii("null");
    private static final byte[] NEXT_USAGE = EventOut.ascii("},\"usage\":");
    private static final byte[] TRAILER = EventOut.ascii(",\"penstock\":");
    private static final byte[] MESSAGE_STOP =
            EventOut.ascii("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n");

    private final AnswerInfo info;
    private final EventOut out = new EventOut();
    private final ArrayDeque<Waiting> queue = new ArrayDeque<>();
    private final List<Citation> citations = new ArrayList<>(0);

    private @Nullable String messageId;
    private boolean begun;
    private Kind open = Kind.NOTHING;
    private int index;
    private int openCall;
    private String openId = "";
    private boolean openHasPieces;
    private final List<Carrier> openCarriers = new ArrayList<>(0);
    private boolean refused;
    private @Nullable Finish finish;
    private Tokens tokens = Tokens.UNKNOWN;
    private @Nullable String trailer;

    /**
     * Makes an encoder for one stream.
     *
     * @param info the model name that the client asked for, and the id for an answer whose provider has none that fits
     */
    public MessagesStreamEncoder(AnswerInfo info) {
        this.info = info;
    }

    @Override
    public byte[] take() {
        if (messageId != null) {
            // Usage comes right behind the start where the provider knows it then: the first event can say it.
            begin();
        }
        return out.take();
    }

    @Override
    public void trailer(String json) {
        trailer = json;
    }

    @Override
    public byte[] error(GatewayError error, String requestId) {
        return MessagesErrorWriter.errorEvent(error, requestId);
    }

    // ------------------------------------------------------------------ the answer

    @Override
    public void start(String id, String model) {
        messageId = MessageIds.fit(id, info.id());
    }

    private void begin() {
        if (begun) {
            return;
        }
        begun = true;
        out.raw(MESSAGE_START)
                .quoted(messageId == null ? MessageIds.fit("", info.id()) : messageId)
                .raw(MESSAGE_MODEL)
                .quoted(info.model())
                .raw(MESSAGE_USAGE);
        UsageText.write(tokens, out);
        out.raw(TWO_ENDS).raw(PING);
    }

    @Override
    public void text(String piece) {
        if (open == Kind.TOOL) {
            waiting(Kind.TEXT).content.append(piece);
            return;
        }
        openText();
        delta(TEXT_DELTA, piece);
    }

    @Override
    public void refusal(String piece) {
        refused = true;
        text(piece);
    }

    @Override
    public void thought(String piece) {
        if (open == Kind.TOOL) {
            waiting(Kind.THINKING).content.append(piece);
            return;
        }
        openThinking();
        delta(THINKING_DELTA, piece);
    }

    @Override
    public void thoughtCarrier(Carrier carrier) {
        if (open == Kind.TOOL) {
            Waiting thought = waiting(Kind.THINKING);
            thought.carriers.add(carrier);
            thought.ended = true;
            return;
        }
        writeThoughtCarrier(carrier);
    }

    @Override
    public void citation(Citation citation) {
        if (open == Kind.TEXT) {
            citationDelta(citation);
        } else {
            // Without a text to belong to there is no place for it, so it waits for the next one.
            citations.add(citation);
        }
    }

    @Override
    public void toolStart(int call, String id, String name) {
        String fitting = ToolIds.shown(id, info.id(), call);
        if (open == Kind.TOOL) {
            queue.add(new Waiting(Kind.TOOL, call, fitting, name));
            return;
        }
        openTool(call, fitting, name);
    }

    @Override
    public void toolArguments(int call, String piece) {
        if (open == Kind.TOOL && openCall == call) {
            openHasPieces = true;
            delta(INPUT_DELTA, piece);
            return;
        }
        Waiting waiting = waitingCall(call);
        if (waiting != null) {
            waiting.content.append(piece);
        }
    }

    @Override
    public void toolCarrier(int call, Carrier carrier) {
        if (open == Kind.TOOL && openCall == call) {
            openCarriers.add(carrier);
            return;
        }
        Waiting waiting = waitingCall(call);
        if (waiting != null) {
            waiting.carriers.add(carrier);
        }
    }

    @Override
    public void toolEnd(int call) {
        if (open == Kind.TOOL && openCall == call) {
            endTool();
            drain();
            return;
        }
        Waiting waiting = waitingCall(call);
        if (waiting != null) {
            waiting.ended = true;
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
    public void end() {
        begin();
        while (open == Kind.TOOL) {
            endTool();
            drain();
        }
        close();
        Finish why = finish == null ? new Finish(Finish.Reason.STOP, "", null) : finish;
        out.raw(MESSAGE_DELTA).quoted(StopReasons.word(why, refused)).raw(NEXT_SEQUENCE);
        if (why.stopSequence() == null) {
            out.raw(NULL);
        } else {
            out.quoted(why.stopSequence());
        }
        out.raw(NEXT_USAGE);
        UsageText.write(tokens, out);
        if (trailer != null) {
            out.raw(TRAILER).json(trailer);
        }
        out.raw(ONE_END).raw(MESSAGE_STOP);
    }

    /** The pipeline asks for {@link #error} when it has told everybody else. */
    @Override
    public void failed(GatewayError error) {}

    // ------------------------------------------------------------------ what waits

    /** The last in the queue when it can take more of that kind, or a new one. */
    private Waiting waiting(Kind kind) {
        Waiting last = queue.peekLast();
        if (last == null || last.kind != kind || last.ended) {
            last = new Waiting(kind, -1, "", "");
            queue.add(last);
        }
        return last;
    }

    private @Nullable Waiting waitingCall(int call) {
        for (Waiting waiting : queue) {
            if (waiting.call == call) {
                return waiting;
            }
        }
        return null;
    }

    /** Writes what waits, up to and including the next call that is still being made. */
    private void drain() {
        while (open != Kind.TOOL && !queue.isEmpty()) {
            Waiting next = queue.remove();
            switch (next.kind) {
                case TEXT -> {
                    openText();
                    delta(TEXT_DELTA, next.content.toString());
                }
                case THINKING -> {
                    if (!next.content.isEmpty()) {
                        openThinking();
                        delta(THINKING_DELTA, next.content.toString());
                    }
                    next.carriers.forEach(this::writeThoughtCarrier);
                }
                case TOOL -> {
                    openTool(next.call, next.id, next.name);
                    if (!next.content.isEmpty()) {
                        openHasPieces = true;
                        delta(INPUT_DELTA, next.content.toString());
                    }
                    openCarriers.addAll(next.carriers);
                    if (next.ended) {
                        endTool();
                    }
                }
                case NOTHING -> {}
            }
        }
    }

    // ------------------------------------------------------------------ blocks

    private void openText() {
        if (open == Kind.TEXT) {
            return;
        }
        blockStart(Kind.TEXT);
        out.raw(TEXT_BLOCK);
        citations.forEach(this::citationDelta);
        citations.clear();
    }

    private void openThinking() {
        if (open != Kind.THINKING) {
            blockStart(Kind.THINKING);
            out.raw(THINKING_BLOCK);
        }
    }

    private void openTool(int call, String id, String name) {
        blockStart(Kind.TOOL);
        out.raw(TOOL_BLOCK).quoted(id).raw(TOOL_NAME).quoted(name).raw(TOOL_INPUT);
        openCall = call;
        openId = id;
        openHasPieces = false;
    }

    private void endTool() {
        if (!openHasPieces) {
            // Clients that only join the pieces would get an empty text, which is no JSON.
            delta(INPUT_DELTA, "{}");
        }
        close();
        for (Carrier carrier : openCarriers) {
            openThinking();
            delta(SIGNATURE_DELTA, new SignatureText(carrier, openId).text());
            close();
        }
        openCarriers.clear();
    }

    private void writeThoughtCarrier(Carrier carrier) {
        if (SignatureText.isRedacted(carrier)) {
            blockStart(Kind.NOTHING);
            out.raw(REDACTED_BLOCK).quoted(carrier.value()).raw(TWO_ENDS);
            blockStop();
            return;
        }
        openThinking();
        delta(SIGNATURE_DELTA, new SignatureText(carrier, null).text());
        close();
    }

    private void blockStart(Kind kind) {
        begin();
        close();
        open = kind;
        out.raw(BLOCK_START).number(index);
    }

    private void close() {
        if (open != Kind.NOTHING) {
            open = Kind.NOTHING;
            blockStop();
        }
    }

    private void blockStop() {
        out.raw(BLOCK_STOP).number(index++).raw(ONE_END);
    }

    private void delta(byte[] kind, String value) {
        out.raw(DELTA).number(index).raw(kind).quoted(value).raw(TWO_ENDS);
    }

    private void citationDelta(Citation citation) {
        out.raw(DELTA).number(index).raw(CITATION_DELTA);
        CitationText.write(citation, out);
        out.raw(TWO_ENDS);
    }
}
