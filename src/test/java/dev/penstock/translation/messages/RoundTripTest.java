// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.messages;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.conversation.AnswerInfo;
import dev.penstock.conversation.AnswerSink;
import dev.penstock.conversation.Carrier;
import dev.penstock.conversation.Conversation;
import dev.penstock.conversation.Finish;
import dev.penstock.conversation.Message;
import dev.penstock.conversation.Part;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.sse.Chunks;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a client got as an answer and puts back as a turn of the assistant means what it meant. */
final class RoundTripTest {

    private static final AnswerInfo INFO = new AnswerInfo("alias", "ex1", 0, true, null);

    private static final Carrier SIGNED = new Carrier(ApiSchema.ANTHROPIC_MESSAGES, "signature", "EpAD+/=", null);
    private static final Carrier REDACTED = new Carrier(ApiSchema.ANTHROPIC_MESSAGES, "redacted", "zz", null);
    private static final Carrier SEALED =
            new Carrier(ApiSchema.OPENAI_RESPONSES, "encrypted_content", "gAAA:~\u00e9", "rs_1");
    private static final Carrier OF_BEDROCK = new Carrier(ApiSchema.BEDROCK_CONVERSE, "redacted", "b", null);
    private static final Carrier OF_CALL =
            new Carrier(ApiSchema.GEMINI_GENERATE_CONTENT, "thought_signature", "", null);

    private static final List<Part> PARTS = List.of(
            new Part.Thought("first", SIGNED),
            new Part.Thought("", REDACTED),
            new Part.Thought("second", SEALED),
            new Part.Thought("", OF_BEDROCK),
            new Part.Text("Hello \"you\" \ud83d\ude00"),
            new Part.ToolCall("functions.look:0", "look", "{\"q\":\"a\\nb\",\"n\":1.50}", OF_CALL, null),
            new Part.ToolCall("call_2", "stop", "{}", null, null));

    private static void tell(AnswerSink sink) {
        sink.start("id", "model");
        sink.thought("fir");
        sink.thought("st");
        sink.thoughtCarrier(SIGNED);
        sink.thoughtCarrier(REDACTED);
        sink.thought("second");
        sink.thoughtCarrier(SEALED);
        sink.thoughtCarrier(OF_BEDROCK);
        sink.text("Hello \"you\" ");
        sink.text("\ud83d\ude00");
        sink.toolStart(0, "functions.look:0", "look");
        sink.toolStart(1, "call_2", "stop");
        sink.toolArguments(0, "{\"q\":\"a\\nb\",");
        sink.toolCarrier(0, OF_CALL);
        sink.toolArguments(0, "\"n\":1.50}");
        sink.toolEnd(0);
        sink.toolEnd(1);
        sink.finish(new Finish(Finish.Reason.TOOL_CALLS, "tool_calls", null));
        sink.end();
    }

    @Test
    void aWholeMessagePutBackIsTheSameTurn() {
        MessagesAnswerEncoder encoder = new MessagesAnswerEncoder(INFO);
        tell(encoder);

        assertThat(readBack(encoder.body())).isEqualTo(PARTS);
    }

    @Test
    void aStreamJoinedByTheClientAndPutBackIsTheSameTurn() {
        MessagesStreamEncoder encoder = new MessagesStreamEncoder(INFO);
        tell(encoder);

        // The client joins the events: so does our own decoder, whose blocks become a message again. Only Anthropic's
        // decoder
        // reads foreign signatures as signatures, which is what a client sees.
        MessagesStreamDecoder decoder = new MessagesStreamDecoder();
        MessagesAnswerEncoder client = new MessagesAnswerEncoder(INFO);
        for (byte[] event : Chunks.frame(encoder.take()).events()) {
            assertThat(decoder.event(event, 0, event.length, client)).isTrue();
        }

        assertThat(decoder.terminal()).isTrue();
        assertThat(readBack(client.body())).isEqualTo(PARTS);
    }

    @Test
    void anEventIsDecodedAndEncodedWithinAKibibyte() {
        byte[] event = ("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,"
                        + "\"delta\":{\"type\":\"text_delta\",\"text\":\" wor\\\"ld, how\"}}\n\n")
                .getBytes(StandardCharsets.UTF_8);
        MessagesStreamDecoder decoder = new MessagesStreamDecoder();
        MessagesStreamEncoder encoder = new MessagesStreamEncoder(INFO);
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        int events = 20_000;
        long written = 0;
        for (int i = 0; i < 2_000; i++) {
            decoder.event(event, 0, event.length, encoder);
            written += encoder.take().length;
        }

        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < events; i++) {
            decoder.event(event, 0, event.length, encoder);
            written += encoder.take().length;
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;

        assertThat(written).isGreaterThan((long) events * event.length);
        assertThat(allocated / events).isLessThan(1024);
    }

    private static List<Part> readBack(byte[] message) {
        // As text, because a tree would spell numbers anew.
        String content = new String(message, StandardCharsets.UTF_8);
        String array = content.substring(content.indexOf("\"content\":") + 10, content.indexOf(",\"stop_reason\":"));
        String body =
                "{\"model\":\"m\",\"max_tokens\":1,\"messages\":[{\"role\":\"assistant\",\"content\":" + array + "}]}";
        Conversation read = new MessagesConversationReader().read(body.getBytes(StandardCharsets.UTF_8));
        assertThat(read.messages()).hasSize(1);
        assertThat(read.messages().getFirst().role()).isEqualTo(Message.Role.ASSISTANT);
        assertThat(read.extras()).isEmpty();
        return read.messages().getFirst().parts();
    }
}
