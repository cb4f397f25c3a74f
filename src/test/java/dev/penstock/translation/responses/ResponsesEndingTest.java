// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.responses;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.openai.core.ObjectMappers;
import com.openai.helpers.ResponseAccumulator;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseOutputItem;
import com.openai.models.responses.ResponseStatus;
import com.openai.models.responses.ResponseStreamEvent;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.Usage;
import dev.penstock.sse.EndingReader;
import dev.penstock.sse.EventReader;
import dev.penstock.translation.TranslationTable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A stream of responses that passes through, cut behind each of its pieces in turn, as the official SDK reads it. */
final class ResponsesEndingTest {

    private static final Usage USED = Usage.estimated(100, 20);

    @Test
    void isACompleteStreamOfAnIncompleteAnswerWhereverItIsCut() throws IOException {
        List<String> events = whole();
        int cuts = 0;
        for (int last = 0; last < events.size(); last++) {
            List<JsonNode> cut = cutBehind(events, last);
            if (cut == null) {
                continue;
            }
            cuts++;
            ResponseAccumulator accumulator = ResponseAccumulator.create();
            for (int i = 0; i < cut.size(); i++) {
                assertThat(cut.get(i).path("sequence_number").asInt(-1)).isEqualTo(i);
                ResponseStreamEvent unused = accumulator.accumulate(ObjectMappers.jsonMapper()
                        .readValue(cut.get(i).toString(), ResponseStreamEvent.class)
                        .validate());
            }
            Response response = accumulator.response();
            assertThat(response.status()).contains(ResponseStatus.INCOMPLETE);
            assertThat(response.usage().orElseThrow().totalTokens()).isEqualTo(120);
            assertThat(response.output()).isNotEmpty();
            assertThat(cut.stream().filter(e -> e.path("type").asText().endsWith("output_item.done")))
                    .hasSameSizeAs(response.output());
        }
        assertThat(cuts).isGreaterThan(6);
    }

    @Test
    void holdsWhatHasBeenSaidOfATextAndOfCallsThatAreMadeSideBySide() throws IOException {
        List<String> events = whole();
        int text = lastOf(events, "response.output_text.delta");
        int ofTheFirstCall = lastOf(events, ",\"delta\":\"\\\"Bern");

        List<JsonNode> cutText = cutBehind(events, text);
        List<JsonNode> cutCall = cutBehind(events, ofTheFirstCall);

        assertThat(cutText).isNotNull();
        assertThat(response(cutText)
                        .output()
                        .get(3)
                        .asMessage()
                        .content()
                        .get(0)
                        .asOutputText()
                        .text())
                .startsWith("The \"sky\"\nis blue ");
        assertThat(cutCall).isNotNull();
        assertThat(response(cutCall).output().stream()
                        .filter(ResponseOutputItem::isFunctionCall)
                        .map(call -> call.asFunctionCall().arguments()))
                .contains("{\"city\":\"Bern\"}");
    }

    private static Response response(List<JsonNode> cut) throws IOException {
        return ObjectMappers.jsonMapper()
                .readValue(cut.get(cut.size() - 1).path("response").toString(), Response.class);
    }

    private static int lastOf(List<String> events, String word) {
        for (int i = events.size() - 1; i >= 0; i--) {
            if (events.get(i).contains(word)) {
                return i;
            }
        }
        throw new AssertionError("no " + word);
    }

    private static List<String> whole() {
        List<String> events = new ArrayList<>();
        for (String event : Said.stream(Said::everything).split("(?<=\n\n)")) {
            events.add(event);
        }
        return events;
    }

    /** Null where the last of them brings no content. */
    private static List<JsonNode> cutBehind(List<String> events, int last) {
        EventReader plain = TranslationTable.looking(ApiSchema.OPENAI_RESPONSES);
        EndingReader reader = (EndingReader) TranslationTable.ending(ApiSchema.OPENAI_RESPONSES, plain, true);
        StringBuilder heard = new StringBuilder();
        int flags = 0;
        byte[] bytes = {};
        for (int i = 0; i <= last; i++) {
            bytes = Said.bytes(events.get(i));
            flags = reader.read(bytes, 0, bytes.length);
            heard.append(events.get(i));
        }
        if ((flags & EventReader.CONTENT) == 0) {
            return null;
        }
        byte[] ending = reader.limited(bytes, 0, bytes.length, USED);
        assertThat(ending).isNotNull();
        assertThat(reader.finishReason()).isEqualTo("max_output_tokens");
        return Said.events(heard + Said.text(ending));
    }
}
