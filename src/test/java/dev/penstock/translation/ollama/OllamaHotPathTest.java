// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.ollama;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.penstock.conversation.Nobody;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What one line costs in heap. Time is for the benchmarks. */
final class OllamaHotPathTest {

    private static final int EVENTS = 20_000;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @Test
    void readsAPieceOfTextWithLittleMoreHeapThanTheTextItself() {
        byte[] piece =
                "{\"model\":\"qwen3:8b\",\"created_at\":\"2026-08-07T06:08:11.017589Z\",\"message\":{\"role\":\"assistant\",\"content\":\" don\\u2019t\"},\"done\":false}\n"
                        .getBytes(StandardCharsets.UTF_8);
        OllamaStreamDecoder decoder = new OllamaStreamDecoder();
        long understood = read(decoder, piece);

        long before = THREADS.getCurrentThreadAllocatedBytes();
        understood += read(decoder, piece);
        long perEvent = (THREADS.getCurrentThreadAllocatedBytes() - before) / EVENTS;

        assertThat(understood).isEqualTo(2 * EVENTS);
        assertThat(perEvent).isLessThan(256);
    }

    private static long read(OllamaStreamDecoder decoder, byte[] piece) {
        long understood = 0;
        for (int i = 0; i < EVENTS; i++) {
            understood += decoder.event(piece, 0, piece.length, Nobody.LISTENS) ? 1 : 0;
        }
        return understood;
    }
}
