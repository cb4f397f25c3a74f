// SPDX-License-Identifier: Apache-2.0
package dev.penstock.streaming;

/**
 * Takes the timings of the streams of one (model alias, provider) pair on one event loop. Resolved once per stream; each call
 * is a few plain stores. An implementation must neither allocate nor look anything up.
 */
public interface StreamMeter {

    StreamMeter NONE = new StreamMeter() {
        @Override
        public void firstToken(long nanos) {}

        @Override
        public void gap(long nanos) {}
    };

    /** Time from the arrival of the request to the first event with content. */
    void firstToken(long nanos);

    /** Time between two reads of the upstream that brought complete events, after the first content. */
    void gap(long nanos);
}
