// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** When a key was last accepted, to the minute, on this node since it started. Written by all event loops, mostly not at all. */
final class LastUse {

    private static final long SECONDS = 60;

    private volatile long minute;

    void at(Instant now) {
        long current = Math.floorDiv(now.getEpochSecond(), SECONDS);
        // Within the minute it is only read, so that the loops do not fight for the line.
        if (current > minute) {
            minute = current;
        }
    }

    @Nullable
    Instant minute() {
        long last = minute;
        return last == 0 ? null : Instant.ofEpochSecond(last * SECONDS);
    }
}
