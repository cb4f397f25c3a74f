// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.converse;

import java.util.Arrays;

/** The blocks of tools that are open: their index in the stream, and the number of the call or what it is instead. Few at a time. */
final class OpenBlocks {

    /** No such block. */
    static final int NONE = Integer.MIN_VALUE;

    /** More blocks open at a time than any answer has: they do not even interleave. */
    private static final int MOST = 1_024;

    private long[] indexes = new long[4];
    private int[] calls = new int[4];
    private int size;

    boolean isEmpty() {
        return size == 0;
    }

    boolean full() {
        return size == MOST;
    }

    /** The index of the one that has been open longest. */
    long first() {
        return indexes[0];
    }

    void open(long index, int call) {
        if (size == indexes.length) {
            indexes = Arrays.copyOf(indexes, size * 2);
            calls = Arrays.copyOf(calls, size * 2);
        }
        indexes[size] = index;
        calls[size++] = call;
    }

    int call(long index) {
        int slot = slot(index);
        return slot < 0 ? NONE : calls[slot];
    }

    /** Forgets the block; gives what {@link #call} gave. */
    int close(long index) {
        int slot = slot(index);
        if (slot < 0) {
            return NONE;
        }
        int call = calls[slot];
        size--;
        System.arraycopy(indexes, slot + 1, indexes, slot, size - slot);
        System.arraycopy(calls, slot + 1, calls, slot, size - slot);
        return call;
    }

    private int slot(long index) {
        for (int i = 0; i < size; i++) {
            if (indexes[i] == index) {
                return i;
            }
        }
        return -1;
    }
}
