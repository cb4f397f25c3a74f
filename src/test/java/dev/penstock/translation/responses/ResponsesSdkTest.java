// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.responses;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.openai.core.ObjectMappers;
import com.openai.helpers.ResponseAccumulator;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseStatus;
import com.openai.models.responses.ResponseStreamEvent;
import dev.penstock.conversation.AnswerInfo;
import dev.penstock.conversation.AnswerSink;
import dev.penstock.conversation.Finish;
import dev.penstock.exchange.GatewayError;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** OpenAI's own library reads what the encoders write, with its strict check of every field switched on. */
final class ResponsesSdkTest {

    private static final JsonMapper SDK = ObjectMappers.jsonMapper();

    private final AnswerInfo info = Said.info(new ResponsesConversationReader().read(Said.bytes("""
            {"model":"alias","input":"x","instructions":"Be brief.","max_output_tokens":9,"temperature":0.5,"top_p":0.9,
             "tools":[{"type":"function","name":"f","description":"d","parameters":{"type":"object"},"strict":true}],
             "tool_choice":{"type":"function","name":"f"},"parallel_tool_calls":false,"truncation":"auto",
             "text":{"format":{"type":"json_schema","name":"n","schema":{"type":"object"},"strict":true},"verbosity":"low"},
             "reasoning":{"effort":"low","summary":"auto"},"user":"u","metadata":{"k":"v"}}""")));

    @Test
    void knowsEveryEventOfAStream() throws IOException {
        ResponseAccumulator accumulator = ResponseAccumulator.create();

        for (JsonNode event : Said.events(Said.stream(info, Said::everything))) {
            ResponseStreamEvent known =
                    SDK.readValue(event.toString(), ResponseStreamEvent.class).validate();
            ResponseStreamEvent unused = accumulator.accumulate(known);
        }

        Response response = accumulator.response();
        assertThat(response.output()).hasSize(7);
        assertThat(response.output()
                        .get(3)
                        .asMessage()
                        .content()
                        .get(0)
                        .asOutputText()
                        .text())
                .isEqualTo("The \"sky\"\nis blue \ud83c\udf0d.");
        assertThat(response.output().get(5).asFunctionCall().arguments()).isEqualTo("{\"city\":\"Bern\"}");
        assertThat(response.usage().orElseThrow().totalTokens()).isEqualTo(120);
    }

    @Test
    void knowsAWholeAnswer() throws IOException {
        Response response = SDK.readValue(Said.whole(info, Said::everything).toString(), Response.class)
                .validate();

        assertThat(response.output()).hasSize(7);
        assertThat(response.status()).contains(ResponseStatus.COMPLETED);
        assertThat(response.output().get(0).asReasoning().summary().get(0).text())
                .isEqualTo("Let me see.");
    }

    @Test
    void knowsAnAnswerWithoutARequestThatWasCutInItsRefusal() throws IOException {
        ResponseAccumulator accumulator = ResponseAccumulator.create();

        for (JsonNode event : Said.events(Said.stream(ResponsesSdkTest::refused))) {
            ResponseStreamEvent unused = accumulator.accumulate(
                    SDK.readValue(event.toString(), ResponseStreamEvent.class).validate());
        }

        assertThat(accumulator.response().status()).contains(ResponseStatus.INCOMPLETE);
    }

    @Test
    void knowsTheErrorInsideAStream() throws IOException {
        ResponsesStreamEncoder encoder = new ResponsesStreamEncoder(info);
        encoder.start("", "");
        GatewayError error = GatewayError.of(GatewayError.Kind.IDLE_TIMEOUT, "Silence.");

        String event =
                Said.events(Said.text(encoder.error(error, "req-1"))).get(0).toString();

        assertThat(SDK.readValue(event, ResponseStreamEvent.class)
                        .validate()
                        .asError()
                        .message())
                .isEqualTo("Silence.");
    }

    private static void refused(AnswerSink sink) {
        sink.start("", "");
        sink.refusal("I can't");
        sink.finish(new Finish(Finish.Reason.LENGTH, "max_tokens", null));
        sink.end();
    }
}
