// SPDX-License-Identifier: Apache-2.0
package dev.penstock.sse;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/** Feeds a stream to a framer in chunks and collects the slices, as the pipe does. */
public final class Chunks {

    /** The complete events as slices of the input, and the bytes after the last one. */
    public static final class Framed {
        private final List<byte[]> events;
        private final byte[] tail;
        private final boolean insideEvent;

        Framed(List<byte[]> events, byte[] tail, boolean insideEvent) {
            this.events = events;
            this.tail = tail;
            this.insideEvent = insideEvent;
        }

        public List<byte[]> events() {
            return events;
        }

        public byte[] tail() {
            return tail;
        }

        public boolean insideEvent() {
            return insideEvent;
        }

        public byte[] together() {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            events.forEach(all::writeBytes);
            all.writeBytes(tail);
            return all.toByteArray();
        }
    }

    private Chunks() {}

    /** Cuts at the given offsets, which must ascend. */
    public static Framed frame(byte[] stream, int... cuts) {
        SseFramer framer = new SseFramer();
        ByteArrayOutputStream open = new ByteArrayOutputStream();
        List<byte[]> events = new ArrayList<>();
        int from = 0;
        for (int i = 0; i <= cuts.length; i++) {
            int to = i < cuts.length ? cuts[i] : stream.length;
            feed(framer, stream, from, to, open, events);
            from = to;
        }
        return new Framed(events, open.toByteArray(), framer.insideEvent());
    }

    public static Framed byteByByte(byte[] stream) {
        int[] cuts = new int[Math.max(0, stream.length - 1)];
        for (int i = 0; i < cuts.length; i++) {
            cuts[i] = i + 1;
        }
        return frame(stream, cuts);
    }

    private static void feed(
            SseFramer framer, byte[] stream, int from, int to, ByteArrayOutputStream open, List<byte[]> events) {
        int at = from;
        for (int end = framer.nextEventEnd(stream, at, to); end >= 0; end = framer.nextEventEnd(stream, at, to)) {
            open.write(stream, at, end - at);
            events.add(open.toByteArray());
            open.reset();
            at = end;
        }
        open.write(stream, at, to - at);
    }
}
