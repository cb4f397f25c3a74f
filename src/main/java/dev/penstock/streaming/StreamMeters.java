// SPDX-License-Identifier: Apache-2.0
package dev.penstock.streaming;

/** The meters of one event loop. Asked once per stream, never per token. */
public interface StreamMeters {

    StreamMeters NONE = new StreamMeters() {
        @Override
        public StreamMeter forStream(String alias, String provider) {
            return StreamMeter.NONE;
        }

        @Override
        public void streamOpened() {}

        @Override
        public void streamClosed() {}
    };

    /** The meter of a stream that is about to start. */
    StreamMeter forStream(String alias, String provider);

    /** A stream has been committed. */
    void streamOpened();

    /** A stream that was opened has ended, however it ended. */
    void streamClosed();
}
