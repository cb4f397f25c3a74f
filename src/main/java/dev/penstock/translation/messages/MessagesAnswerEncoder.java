// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.messages;

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

/** An answer as one message of Anthropic's. Blocks stand in the order in which they began; carriers as in {@link MessagesStreamEncoder}. */
public final class MessagesAnswerEncoder implements AnswerEncoder {

    private enum Kind {
        TEXT,
        THINKING,
        TOOL
    }

    private static final class Block {
        private final Kind kind;
        private final int call;
        private final String id;
        private final String name;
        private final StringBuilder content = new StringBuilder();
        private final List<Citation> citations = new ArrayList<>(0);
        private final List<Carrier> carriers = new ArrayList<>(0);

        Block(Kind kind, int call, String id, String name) {
            this.kind = kind;
            this.call = call;
            this.id = id;
            this.name = name;
        }
    }

    private static final byte[] ID = EventOut.ascii("{\"id\":");
    private static final byte[] MODEL = EventOut.ascii(",\"type\":\"message\",\"role\":\"assistant\",\"model\":");
    private static final byte[] CONTENT = EventOut.ascii(",\"content\":[");
    private static final byte[] TEXT = EventOut.ascii("{\"type\":\"text\",\"text\":");
    private static final byte[] CITATIONS = EventOut.ascii(",\"citations\":[");
    private static final byte[] THINKING = EventOut.ascii("{\"type\":\"thinking\",\"thinking\":");
    private static final byte[] SIGNATURE = EventOut.ascii(",\"signature\":");
    private static final byte[] REDACTED = EventOut.ascii("{\"type\":\"redacted_thinking\",\"data\":");
    private static final byte[] TOOL = EventOut.ascii("{\"type\":\"tool_use\",\"id\":");
    private static final byte[] NAME = EventOut.ascii(",\"name\":");
    private static final byte[] INPUT = EventOut.ascii(",\"input\":");
    private static final byte[] STOP_REASON = EventOut.ascii("],\"stop_reason\":");
    private static final byte[] STOP_SEQUENCE = EventOut.ascii(",\"stop_sequence\":");
    private static final byte[] USAGE = EventOut.ascii(",\"usage\":");
    private static final byte[] COMMA = EventOut.ascii(",");
    private static final byte[] NULL = EventOut.ascii("null");
    private static final byte[] END = EventOut.ascii("}");
    private static final byte[] END_ARRAY = EventOut.ascii("]");

    private final AnswerInfo info;
    private final List<Block> blocks = new ArrayList<>();
    private String messageId;
    private boolean refused;
    private @Nullable Finish finish;
    private Tokens tokens = Tokens.UNKNOWN;

    /**
     * Makes an encoder for one answer.
     *
     * @param info the model name that the client asked for, and the id for an answer whose provider has none that fits
     */
    public MessagesAnswerEncoder(AnswerInfo info) {
        this.info = info;
        this.messageId = MessageIds.fit("", info.id());
    }

    @Override
    public void start(String id, String model) {
        messageId = MessageIds.fit(id, info.id());
    }

    @Override
    public void text(String piece) {
        last(Kind.TEXT).content.append(piece);
    }

    @Override
    public void refusal(String piece) {
        refused = true;
        text(piece);
    }

    @Override
    public void thought(String piece) {
        last(Kind.THINKING).content.append(piece);
    }

    @Override
    public void thoughtCarrier(Carrier carrier) {
        Block thought = SignatureText.isRedacted(carrier) ? added(Kind.THINKING) : last(Kind.THINKING);
        thought.carriers.add(carrier);
    }

    @Override
    public void toolStart(int call, String id, String name) {
        blocks.add(new Block(Kind.TOOL, call, ToolIds.shown(id, info.id(), call), name));
    }

    @Override
    public void toolArguments(int call, String piece) {
        call(call).content.append(piece);
    }

    @Override
    public void toolCarrier(int call, Carrier carrier) {
        call(call).carriers.add(carrier);
    }

    @Override
    public void toolEnd(int call) {}

    /** Belongs to the last text, wherever that stands. */
    @Override
    public void citation(Citation citation) {
        for (int i = blocks.size() - 1; i >= 0; i--) {
            if (blocks.get(i).kind == Kind.TEXT) {
                blocks.get(i).citations.add(citation);
                return;
            }
        }
        added(Kind.TEXT).citations.add(citation);
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

    @Override
    public void failed(GatewayError error) {}

    @Override
    public byte[] body() {
        EventOut out = new EventOut();
        out.raw(ID).quoted(messageId).raw(MODEL).quoted(info.model()).raw(CONTENT);
        boolean first = true;
        for (Block block : blocks) {
            if (block.kind == Kind.TEXT && block.content.isEmpty()) {
                continue;
            }
            if (!first) {
                out.raw(COMMA);
            }
            first = false;
            write(block, out);
        }
        Finish why = finish == null ? new Finish(Finish.Reason.STOP, "", null) : finish;
        out.raw(STOP_REASON).quoted(StopReasons.word(why, refused)).raw(STOP_SEQUENCE);
        if (why.stopSequence() == null) {
            out.raw(NULL);
        } else {
            out.quoted(why.stopSequence());
        }
        out.raw(USAGE);
        UsageText.write(tokens, out);
        return out.raw(END).take();
    }

    // ------------------------------------------------------------------ blocks

    private Block added(Kind kind) {
        Block block = new Block(kind, -1, "", "");
        blocks.add(block);
        return block;
    }

    /** The last block when it can take more of that kind, or a new one: a carrier ends its thought. */
    private Block last(Kind kind) {
        Block last = blocks.isEmpty() ? null : blocks.getLast();
        boolean takesMore = last != null && last.kind == kind && last.carriers.isEmpty();
        return (last == null || !takesMore) ? added(kind) : last;
    }

    private Block call(int call) {
        for (Block block : blocks) {
            if (block.call == call) {
                return block;
            }
        }
        throw new IllegalStateException("a piece of call " + call + " before its start");
    }

    private static void write(Block block, EventOut out) {
        switch (block.kind) {
            case TEXT -> text(block, out);
            case THINKING -> thought(block, out);
            case TOOL -> tool(block, out);
        }
    }

    private static void text(Block block, EventOut out) {
        out.raw(TEXT).quoted(block.content.toString());
        if (!block.citations.isEmpty()) {
            out.raw(CITATIONS);
            for (int i = 0; i < block.citations.size(); i++) {
                if (i > 0) {
                    out.raw(COMMA);
                }
                CitationText.write(block.citations.get(i), out);
            }
            out.raw(END_ARRAY);
        }
        out.raw(END);
    }

    private static void thought(Block block, EventOut out) {
        Carrier carrier = block.carriers.isEmpty() ? null : block.carriers.getFirst();
        if (carrier != null && SignatureText.isRedacted(carrier)) {
            out.raw(REDACTED).quoted(carrier.value()).raw(END);
            return;
        }
        String signature = carrier == null ? "" : new SignatureText(carrier, null).text();
        out.raw(THINKING)
                .quoted(block.content.toString())
                .raw(SIGNATURE)
                .quoted(signature)
                .raw(END);
    }

    private static void tool(Block block, EventOut out) {
        out.raw(TOOL).quoted(block.id).raw(NAME).quoted(block.name).raw(INPUT);
        out.json(Trees.text(Trees.arguments(block.content.toString()))).raw(END);
        for (Carrier carrier : block.carriers) {
            out.raw(COMMA).raw(THINKING).quoted("").raw(SIGNATURE);
            out.quoted(new SignatureText(carrier, block.id).text()).raw(END);
        }
    }
}
