// SPDX-License-Identifier: Apache-2.0
package dev.penstock.telemetry;

import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * From a number to a value, for lookups without allocation. Grows by copies: a table that has been published is never written
 * again. Any thread.
 */
final class LongTable<V> {

    private volatile Slots slots = new Slots(64);
    private int size;

    /** Open addressing; a key of 0 is an empty slot. */
    private static final class Slots {

        private final long[] keys;
        private final @Nullable Object[] values;

        Slots(int capacity) {
            keys = new long[capacity];
            values = new @Nullable Object[capacity];
        }

        int find(long key) {
            int mask = keys.length - 1;
            int at = (int) ((key * 0x9e3779b97f4a7c15L) >>> 40) & mask;
            while (keys[at] != 0 && keys[at] != key) {
                at = at + 1 & mask;
            }
            return at;
        }
    }

    /** The value of a number that is not 0, made where there is none yet; made once. */
    V get(long key, LongFunction<V> make) {
        V known = at(slots, key);
        return known != null ? known : add(key, make);
    }

    /** Whether there is a value. */
    boolean has(long key) {
        return at(slots, key) != null;
    }

    int size() {
        synchronized (this) {
            return size;
        }
    }

    @SuppressWarnings("unchecked") // only values of this type are put in
    private @Nullable V at(Slots in, long key) {
        return (V) in.values[in.find(key)];
    }

    private V add(long key, LongFunction<V> make) {
        synchronized (this) {
            V known = at(slots, key);
            if (known != null) {
                return known;
            }
            V made = make.apply(key);
            Slots old = slots;
            boolean full = 2 * (size + 1) > old.keys.length;
            Slots next = new Slots(full ? 2 * old.keys.length : old.keys.length);
            for (int i = 0; i < old.keys.length; i++) {
                if (old.keys[i] != 0) {
                    put(next, old.keys[i], old.values[i]);
                }
            }
            put(next, key, made);
            size++;
            slots = next;
            return made;
        }
    }

    private static void put(Slots into, long key, @Nullable Object value) {
        int at = into.find(key);
        into.keys[at] = key;
        into.values[at] = value;
    }
}
