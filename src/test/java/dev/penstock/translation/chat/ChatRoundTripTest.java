// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.chat;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.conversation.AnswerSink;
import dev.penstock.conversation.Carrier;
import dev.penstock.conversation.Finish;
import dev.penstock.conversation.Message;
import dev.penstock.conversation.Part;
import dev.penstock.exchange.ApiSchema;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** What a client gets and sends back as the assistant's turn means what the provider said. */
final class ChatRoundTripTest {

    private static final Carrier SIGNATURE = new Carrier(ApiSchema.ANTHROPIC_MESSAGES, "signature", "Eq+/==", null);
    private static final Carrier REDACTED = new Carrier(ApiSchema.ANTHROPIC_MESSAGES, "redacted", "Xx", null);
    private static final Carrier SECOND = new Carrier(ApiSchema.ANTHROPIC_MESSAGES, "signature", "Zz", null);
    private static final Carrier ENCRYPTED =
            new Carrier(ApiSchema.OPENAI_RESPONSES, "encrypted_content", "gAAA", "rs_1");
    private static final Carrier GOOGLE =
            new Carrier(ApiSchema.GEMINI_GENERATE_CONTENT, "thought_signature", "AVSo", null);
    private static final Carrier BROKER = new Carrier(
            ApiSchema.OPENAI_CHAT,
            "reasoning_details",
            "{\"type\":\"reasoning.encrypted\",\"data\":\"E\",\"id\":\"rs_9\",\"index\":7}",
            "rs_9");

    private static void answer(AnswerSink sink) {
        sink.start("msg_1", "claude");
        sink.thought("first ");
        sink.thought("\uD83D\uDE00");
        sink.thoughtCarrier(SIGNATURE);
        sink.thoughtCarrier(REDACTED);
        sink.thought("second");
        sink.thoughtCarrier(SECOND);
        sink.thought("unsigned");
        sink.text("Hello ");
        sink.text("you");
        sink.toolStart(0, "toolu_1", "f");
        sink.toolCarrier(0, GOOGLE);
        sink.toolArguments(0, "{\"a\":");
        sink.toolArguments(0, "1}");
        sink.toolEnd(0);
        sink.toolStart(1, "toolu_2", "g");
        sink.toolCarrier(1, ENCRYPTED);
        sink.toolEnd(1);
        sink.finish(new Finish(Finish.Reason.TOOL_CALLS, "tool_use", null));
        sink.end();
    }

    private static final List<Part> TURN = List.of(
            new Part.Thought("first \uD83D\uDE00", SIGNATURE),
            new Part.Thought("", REDACTED),
            new Part.Thought("second", SECOND),
            new Part.Thought("unsigned", null),
            new Part.Text("Hello you"),
            new Part.ToolCall("toolu_1", "f", "{\"a\":1}", GOOGLE, null),
            new Part.ToolCall("toolu_2", "g", "{}", ENCRYPTED, null));

    private static Message sentBack(JsonNode message) {
        ObjectNode request = ChatAnswers.JSON.createObjectNode().put("model", "alias");
        request.putArray("messages").add(message);
        return new ChatConversationReader()
                .read(request.toString().getBytes(StandardCharsets.UTF_8))
                .messages()
                .get(0);
    }

    @Test
    void aStreamedAnswerComesBackAsItWas() {
        ObjectNode message = ChatAnswers.joined(ChatAnswers.encoded(ChatRoundTripTest::answer));

        assertThat(sentBack(message)).isEqualTo(new Message(Message.Role.ASSISTANT, TURN));
    }

    @Test
    void aWholeAnswerComesBackAsItWas() {
        JsonNode message =
                ChatAnswers.tree(ChatAnswers.whole(ChatRoundTripTest::answer)).at("/choices/0/message");

        assertThat(sentBack(message)).isEqualTo(new Message(Message.Role.ASSISTANT, TURN));
    }

    @Test
    void carriersWithoutWordsComeBackAlone() {
        Consumer<AnswerSink> answer = sink -> {
            sink.start("", "");
            sink.thoughtCarrier(ENCRYPTED);
            sink.thoughtCarrier(BROKER);
            sink.text("x");
            sink.finish(new Finish(Finish.Reason.STOP, "stop", null));
            sink.end();
        };
        List<Part> turn = List.of(new Part.Thought("", ENCRYPTED), new Part.Thought("", BROKER), new Part.Text("x"));

        assertThat(sentBack(ChatAnswers.joined(ChatAnswers.encoded(answer))).parts())
                .isEqualTo(turn);
        assertThat(sentBack(ChatAnswers.tree(ChatAnswers.whole(answer)).at("/choices/0/message"))
                        .parts())
                .isEqualTo(turn);
    }

    @Test
    void aClientThatForgetsUnknownMembersLosesNothingOfASingleBlock() {
        JsonNode message = ChatAnswers.tree("""
                {"role":"assistant","content":"x","reasoning_content":"hm","reasoning_details":[
                  {"type":"reasoning.encrypted","data":"S","format":"penstock/anthropic_messages/signature"}]}""");

        assertThat(sentBack(message).parts())
                .containsExactly(
                        new Part.Thought("hm", new Carrier(ApiSchema.ANTHROPIC_MESSAGES, "signature", "S", null)),
                        new Part.Text("x"));
    }

    @Test
    void theDecoderOfAnotherGatewayReadsTheSameCarriers() {
        var again = ChatAnswers.decode(ChatAnswers.encode(ChatRoundTripTest::answer));

        assertThat(again.carriers).containsExactly(SIGNATURE, REDACTED, SECOND);
        assertThat(again.thought.toString()).isEqualTo("first \uD83D\uDE00secondunsigned");
        assertThat(again.calls.get(0).json()).isEqualTo("{\"a\":1}");
    }
}
