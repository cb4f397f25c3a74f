// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.responses;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** What one event costs in heap, from the provider's bytes to the client's. Time is for the benchmarks. */
final class ResponsesHotPathTest {

    private static final int EVENTS = 20_000;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @Test
    void translatesAPieceOfTextWithLessThanAKibibyteOfHeap() {
        byte[] created =
                Said.bytes("event: response.created\ndata: {\"type\":\"response.created\",\"sequence_number\":0,"
                        + "\"response\":{\"id\":\"resp_1\",\"model\":\"gpt\"}}\n\n");
        byte[] piece = Said.bytes("event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\","
                + "\"sequence_number\":13,\"item_id\":\"msg_0459517ad68504ad0068cabfc6b5c48192a15ac773668537f1\",\"output_index\":0,"
                + "\"content_index\":0,\"delta\":\" don\\u2019t\",\"logprobs\":[],\"obfuscation\":\"liJu2gE\"}\n\n");
        ResponsesStreamDecoder decoder = new ResponsesStreamDecoder();
        ResponsesStreamEncoder encoder = new ResponsesStreamEncoder(Said.info());
        boolean unused = decoder.event(created, 0, created.length, encoder);
        long written = translate(decoder, piece, encoder);

        long before = allocated();
        written += translate(decoder, piece, encoder);
        long perEvent = (allocated() - before) / EVENTS;

        assertThat(written).isPositive();
        assertThat(perEvent).isLessThan(1024);
    }

    private static long translate(ResponsesStreamDecoder decoder, byte[] piece, ResponsesStreamEncoder encoder) {
        long written = 0;
        for (int i = 0; i < EVENTS; i++) {
            boolean unused = decoder.event(piece, 0, piece.length, encoder);
            written += encoder.take().length;
        }
        return written;
    }

    private static long allocated() {
        return THREADS.getCurrentThreadAllocatedBytes();
    }
}
