// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Usage;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ChatResponseReaderTest {

    @Test
    void readsAnAnswerPaddedWithWhiteSpace() {
        ChatResponse response =
                read("\n\n \r\n\t{\n \"choices\": [ {\"index\": 0, \"message\": {\"role\": \"assistant\",\n"
                        + "\"content\": \"Hello\", \"tool_calls\": null}, \"finish_reason\": \"stop\"} ],\n"
                        + "\"usage\": {\"prompt_tokens\": 10, \"completion_tokens\": 2, \"total_tokens\": 12,\n"
                        + "\"prompt_tokens_details\": {\"cached_tokens\": 4}} }\n \n");

        assertThat(response.object()).isTrue();
        assertThat(response.finishReason()).isEqualTo("stop");
        assertThat(response.usage()).isEqualTo(Usage.reported(10, 4, 2, 0));
        assertThat(response.contentBytes()).isEqualTo(5);
        assertThat(response.error()).isNull();
    }

    @Test
    void findsAnErrorInABodyWithStatus200() {
        ChatResponse response =
                read("{\"error\":{\"message\":\"Provider returned error\",\"code\":429},\"user_id\":\"u\"}");

        assertThat(response.error()).isNotNull();
        assertThat(response.error().kind()).isEqualTo(GatewayError.Kind.PROVIDER_ERROR);
        assertThat(response.error().status()).isEqualTo(429);
        assertThat(response.error().getMessage()).isEqualTo("Provider returned error");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "   ", "<html></html>", "[]", "null", "{\"choices\":[", "{} x", "{\"a\":1}{\"b\":2}"})
    void tellsWhatIsNoObject(String body) {
        assertThat(read(body).object()).isFalse();
    }

    @Test
    void streamAndWholeAnswerGiveTheSameNumbers() {
        String usage = "\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":1,\"total_tokens\":303,"
                + "\"completion_tokens_details\":{\"reasoning_tokens\":290}}";
        ChatEventReader stream = new ChatEventReader();
        for (String event : new String[] {
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"reasoning_content\":\"hm\"}}]}\n\n",
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"4\\n\"},\"finish_reason\":\"length\"}]," + usage
                    + "}\n\n"
        }) {
            byte[] bytes = event.getBytes(StandardCharsets.UTF_8);
            stream.read(bytes, 0, bytes.length);
        }

        ChatResponse whole =
                read("{\"choices\":[{\"index\":0,\"message\":{\"reasoning_content\":\"hm\",\"content\":\"4\\n\"},"
                        + "\"finish_reason\":\"length\"}]," + usage + "}");

        assertThat(whole.usage()).isEqualTo(stream.usage()).isEqualTo(Usage.reported(12, 0, 291, 290));
        assertThat(whole.contentBytes()).isEqualTo(stream.contentBytes()).isEqualTo(5);
        assertThat(whole.finishReason()).isEqualTo(stream.finishReason());
    }

    @Test
    void estimatesFourBytesToAToken() {
        assertThat(TokenEstimate.tokens(0)).isZero();
        assertThat(TokenEstimate.tokens(1)).isEqualTo(1);
        assertThat(TokenEstimate.tokens(4)).isEqualTo(1);
        assertThat(TokenEstimate.tokens(5)).isEqualTo(2);
        assertThat(TokenEstimate.tokens(Long.MAX_VALUE)).isPositive();
    }

    private static ChatResponse read(String body) {
        return ChatResponseReader.read(body.getBytes(StandardCharsets.UTF_8));
    }
}
