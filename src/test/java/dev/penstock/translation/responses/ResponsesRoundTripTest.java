// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.responses;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.conversation.Citation;
import dev.penstock.conversation.Conversation;
import dev.penstock.conversation.Finish;
import dev.penstock.conversation.Message;
import dev.penstock.conversation.Part;
import dev.penstock.conversation.Tokens;
import dev.penstock.kit.CollectedAnswer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What goes out comes back: through the decoders at once, through a client with its next request. */
final class ResponsesRoundTripTest {

    @Test
    void hearsFromAStreamWhatWasSaid() {
        CollectedAnswer heard = Said.decoded(Said.stream(Said::everything));

        assertEverything(heard);
    }

    @Test
    void hearsFromAStreamWhatWasSaidWhereverItIsCut() {
        byte[] stream = Said.bytes(Said.stream(Said::everything));
        for (int cut = 1; cut < stream.length; cut += 7) {
            CollectedAnswer heard = new CollectedAnswer();

            ResponsesStreamDecoder unused = Said.decode(stream, heard, cut);

            assertThat(heard.ended).isTrue();
            assertThat(heard.text).hasToString("The \"sky\"\nis blue \ud83c\udf0d.");
        }
    }

    @Test
    void hearsFromAWholeAnswerWhatWasSaid() {
        CollectedAnswer heard = new CollectedAnswer();

        new ResponsesAnswerDecoder()
                .decode(Said.bytes(Said.whole(Said.info(), Said::everything).toString()), heard);

        assertEverything(heard);
    }

    private static void assertEverything(CollectedAnswer heard) {
        assertThat(heard.id).isEqualTo("resp_x1");
        assertThat(heard.model).isEqualTo("fast");
        assertThat(heard.thought).hasToString("Let me see.");
        assertThat(heard.carriers).containsExactly(Said.SIGNATURE, Said.REDACTED, Said.OWN);
        assertThat(heard.text).hasToString("The \"sky\"\nis blue \ud83c\udf0d.");
        assertThat(heard.citations).containsExactly(new Citation("https://a.example/b", "A", null, 4, 9));
        assertThat(heard.calls).hasSize(2);
        assertThat(heard.calls.get(0).id).isEqualTo("call_a");
        assertThat(heard.calls.get(0).name).isEqualTo("weather");
        assertThat(heard.calls.get(0).json()).isEqualTo("{\"city\":\"Bern\"}");
        assertThat(heard.calls.get(0).carriers).containsExactly(Said.OF_CALL);
        assertThat(heard.calls.get(1).id).isEqualTo("call_b");
        assertThat(heard.calls.get(1).json()).isEqualTo("{}");
        assertThat(heard.finish.reason()).isEqualTo(Finish.Reason.TOOL_CALLS);
        assertThat(heard.tokens).isEqualTo(new Tokens(100, 40, 10, -1, 20, 5));
        assertThat(heard.ended).isTrue();
    }

    @Test
    void restoresAnAnswerThatAClientPutsBackAsInput() {
        ObjectNode request = Said.JSON.createObjectNode().put("model", "m");
        JsonNode output = Said.whole(Said.info(), Said::everything).path("output");
        request.set("input", output);

        Conversation read = new ResponsesConversationReader().read(Said.bytes(request.toString()));

        assertThat(read.messages())
                .containsExactly(new Message(
                        Message.Role.ASSISTANT,
                        List.of(
                                new Part.Thought("Let me see.", Said.SIGNATURE),
                                new Part.Thought("", Said.REDACTED),
                                new Part.Thought("", Said.OWN),
                                new Part.Text("The \"sky\"\nis blue \ud83c\udf0d."),
                                new Part.ToolCall("call_a", "weather", "{\"city\":\"Bern\"}", Said.OF_CALL, null),
                                new Part.ToolCall("call_b", "time", "{}", null, null))));
    }

    @Test
    void restoresALateCarrierOfACallAndAnOwnOneWithItsWords() {
        ObjectNode request = Said.JSON.createObjectNode().put("model", "m");
        request.set(
                "input",
                Said.whole(Said.info(), sink -> {
                            sink.start("", "");
                            sink.thought("hm");
                            sink.thoughtCarrier(Said.OWN);
                            sink.toolStart(0, "call_a", "f");
                            sink.toolArguments(0, "{}");
                            sink.toolCarrier(0, Said.OF_CALL);
                            sink.toolEnd(0);
                            sink.finish(new Finish(Finish.Reason.TOOL_CALLS, "tool_use", null));
                            sink.end();
                        })
                        .path("output"));

        Conversation read = new ResponsesConversationReader().read(Said.bytes(request.toString()));

        assertThat(read.messages())
                .containsExactly(new Message(
                        Message.Role.ASSISTANT,
                        List.of(
                                new Part.Thought("hm", Said.OWN),
                                new Part.ToolCall("call_a", "f", "{}", Said.OF_CALL, null))));
    }
}
