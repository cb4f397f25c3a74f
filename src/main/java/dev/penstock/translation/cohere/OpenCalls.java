// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.cohere;

import java.util.Arrays;

/** The calls of one answer by the index that the stream gives them. Numbered from 0 in the order of their begin. */
final class OpenCalls {

    static final int NONE = -1;

    private static final long ENDED = -1;
    /** More calls than any answer has. */
    private static final int MOST = 1_024;

    /** By number; {@link #ENDED} once the call is complete. */
    private long[] indexes = new long[4];

    private int count;

    int count() {
        return count;
    }

    boolean full() {
        return count == MOST;
    }

    /** The number of the new call. */
    int begin(long index) {
        if (count == indexes.length) {
            indexes = Arrays.copyOf(indexes, count * 2);
        }
        indexes[count] = index;
        return count++;
    }

    /** The open call of that index, or {@link #NONE}. A negative index means whichever began last. */
    int at(long index) {
        for (int call = count - 1; call >= 0; call--) {
            if (indexes[call] != ENDED && (index < 0 || indexes[call] == index)) {
                return call;
            }
        }
        return NONE;
    }

    void end(int call) {
        indexes[call] = ENDED;
    }
}
