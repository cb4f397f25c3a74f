// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench.jmh;

import java.nio.charset.StandardCharsets;

/** Requests and events of the sizes and shapes that were seen in traffic (median chunk of OpenAI chat: 289 bytes). */
final class Samples {

    private static final String CHUNK_HEAD = "data: {\"id\":\"chatcmpl-C4Hq5a6K3RaPMymUv70btQNYv6SvY\","
            + "\"object\":\"chat.completion.chunk\",\"created\":1755137921,\"model\":\"gpt-5-nano-2025-08-07\","
            + "\"service_tier\":\"default\",\"system_fingerprint\":null,\"choices\":[";

    private Samples() {}

    static byte[] event(String kind) {
        return bytes(
                switch (kind) {
                    case "content" ->
                        CHUNK_HEAD + "{\"index\":0,\"delta\":{\"content\":\" the\"},\"logprobs\":null,"
                                + "\"finish_reason\":null}],\"usage\":null,\"obfuscation\":\"WuQNX\"}\n\n";
                    case "tool" ->
                        CHUNK_HEAD + "{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":"
                                + "{\"arguments\":\"{\\\"city\\\":\"}}]},\"logprobs\":null,\"finish_reason\":null}]}\n\n";
                    case "usage" ->
                        CHUNK_HEAD + "],\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":100,\"total_tokens\":112,"
                                + "\"prompt_tokens_details\":{\"cached_tokens\":0,\"audio_tokens\":0},"
                                + "\"completion_tokens_details\":{\"reasoning_tokens\":100,\"audio_tokens\":0}}}\n\n";
                    case "comment" -> ": OPENROUTER PROCESSING\n\n";
                    default -> "data: [DONE]\n\n";
                });
    }

    /** A chat request of about the given size: a conversation with an escape here and there, as agents send it. */
    static byte[] request(int size) {
        StringBuilder body = new StringBuilder("{\"messages\":[{\"role\":\"system\",\"content\":\"You are helpful.\"}");
        String turn =
                ",{\"role\":\"user\",\"content\":\"Explain step 3 again, please:\\n- what is \\\"back-pressure\\\"?\\n- why "
                        + "does a slow reader pause its own upstream, and what do the others feel of it? Zwölf Wörter genügen.\"}";
        while (body.length() + turn.length() + 100 < size) {
            body.append(turn);
        }
        body.append("],\"model\":\"fast\",\"temperature\":0.2,\"stream\":true,\"max_completion_tokens\":512}");
        return bytes(body.toString());
    }

    static byte[] repeated(byte[] event, int times) {
        byte[] all = new byte[event.length * times];
        for (int i = 0; i < times; i++) {
            System.arraycopy(event, 0, all, i * event.length, event.length);
        }
        return all;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
