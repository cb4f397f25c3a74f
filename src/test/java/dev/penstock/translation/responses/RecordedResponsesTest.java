// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.responses;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.conversation.Finish;
import dev.penstock.exchange.GatewayError;
import dev.penstock.kit.CollectedAnswer;
import dev.penstock.kit.Recordings;
import dev.penstock.kit.Recordings.Recording;
import dev.penstock.schema.openai.ProviderErrorReader;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Reads every recorded answer of this schema when a folder is given ({@code -Dpenstock.recordings=<folder>}). */
final class RecordedResponsesTest {

    @TestFactory
    Stream<DynamicTest> everyRecordedAnswerIsHeardAsTheReferenceHeardIt() {
        Optional<Recordings> recordings = Recordings.open();
        return recordings.stream()
                .flatMap(Recordings::all)
                .filter(recording -> recording.protocol().equals("openai-responses"))
                .map(recording -> DynamicTest.dynamicTest(recording.id(), () -> check(recording)));
    }

    @TestFactory
    Stream<DynamicTest> everyRecordedAnswerSurvivesBeingSaidAgain() {
        return Recordings.open().stream()
                .flatMap(Recordings::all)
                .filter(recording -> recording.protocol().equals("openai-responses") && recording.status() < 400)
                .map(recording -> DynamicTest.dynamicTest(recording.id(), () -> checkAgain(recording)));
    }

    private static void check(Recording recording) {
        JsonNode expected = recording.expected();
        if (recording.status() >= 400) {
            GatewayError error = ProviderErrorReader.read(recording.status(), null, recording.bytes(), null);
            assertThat(error.kind()).isEqualTo(GatewayError.Kind.PROVIDER_ERROR);
            return;
        }
        CollectedAnswer heard = heard(recording, true);
        if (expected.path("error").isObject()) {
            String code = expected.path("error").path("code").textValue();
            assertThat(heard.error).isNotNull();
            assertThat(heard.error.code()).isEqualTo(code);
            assertThat(heard.ended).isFalse();
            return;
        }
        JsonNode choice = expected.path("choices").path(0);
        assertThat(heard.error).isNull();
        assertThat(heard.text).hasToString(choice.path("text").asText());
        assertThat(heard.thought).hasToString(choice.path("reasoning").asText());
        assertThat(heard.calls).hasSize(choice.path("tool_calls").size());
        heard.calls.forEach((number, call) -> {
            JsonNode tool = choice.path("tool_calls").path(number);
            assertThat(call.id).isEqualTo(tool.path("id").asText());
            assertThat(call.name).isEqualTo(tool.path("name").asText());
            assertThat(Said.json(Said.bytes(call.json())))
                    .isEqualTo(Said.json(Said.bytes(tool.path("arguments").asText())));
        });
        assertThat(heard.finish.nativeWord())
                .isEqualTo(choice.path("finish_reason").asText());
        JsonNode usage = expected.path("usage");
        assertThat(heard.tokens.input()).isEqualTo(usage.path("input_total").asLong(-1));
        assertThat(heard.tokens.output()).isEqualTo(usage.path("output_total").asLong(-1));
        assertThat(heard.tokens.cacheRead()).isEqualTo(usage.path("cached_read").asLong(-1));
        assertThat(heard.tokens.cacheWrite())
                .isEqualTo(usage.path("cache_write").asLong(-1));
        assertThat(heard.tokens.reasoning()).isEqualTo(usage.path("reasoning").asLong(-1));
        assertThat(heard.ended).isTrue();
    }

    private static void checkAgain(Recording recording) {
        CollectedAnswer first = heard(recording, false);
        if (first.error != null) {
            return;
        }
        ResponsesStreamEncoder encoder = new ResponsesStreamEncoder(Said.info());
        if (recording.stream()) {
            ResponsesStreamDecoder unused = Said.decode(recording.bytes(), encoder);
        } else {
            new ResponsesAnswerDecoder().decode(recording.bytes(), encoder);
        }

        CollectedAnswer again = Said.decoded(Said.text(encoder.take()));

        assertThat(again.text).hasToString(first.text.toString());
        assertThat(again.thought).hasToString(first.thought.toString());
        assertThat(again.carriers).isEqualTo(first.carriers);
        assertThat(again.citations).isEqualTo(first.citations);
        assertThat(again.calls.size()).isEqualTo(first.calls.size());
        assertThat(again.finish.reason()).isEqualTo(first.finish.reason()).isNotEqualTo(Finish.Reason.PAUSE);
        assertThat(again.tokens.input()).isEqualTo(first.tokens.input());
        assertThat(again.tokens.output()).isEqualTo(first.tokens.output());
    }

    private static CollectedAnswer heard(Recording recording, boolean cut) {
        CollectedAnswer heard = new CollectedAnswer();
        if (recording.stream()) {
            ResponsesStreamDecoder decoder =
                    Said.decode(recording.bytes(), heard, cut ? recording.splitPoints() : new int[0]);
            assertThat(decoder.terminal()).isTrue();
            assertThat(decoder.error()).isSameAs(heard.error);
        } else {
            new ResponsesAnswerDecoder().decode(recording.bytes(), heard);
        }
        return heard;
    }
}
