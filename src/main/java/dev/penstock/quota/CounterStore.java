// SPDX-License-Identifier: Apache-2.0
package dev.penstock.quota;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/**
 * Counts that must outlive a restart, such as the money of a month. A journal, not the truth while the process runs: that is in memory
 * and in the {@link LeaseStore}. Any thread; nothing here waits, and no request waits for it.
 */
public interface CounterStore {

    /** What was kept last of each counter whose window has not ended, by counter; once, at start. Fails when it cannot be read. */
    CompletionStage<Map<String, Row>> load();

    /**
     * Keeps these rows, about a second later and as soon as the store can. They are absolute, so to save one twice is the same as once.
     * Of two rows of a counter the one of the later window holds, and within a window the one that was updated later.
     */
    void save(List<Row> rows);

    /**
     * What a counter has come to.
     *
     * @param counter as in {@link LeaseStore.Ask}; no secret, at most 200 characters
     * @param window number of the window, rising
     * @param endsAtMillis when the window ends, wall clock; the row is dropped after it. {@code Long.MAX_VALUE}: never
     * @param used how much of the window, in the counter's unit
     * @param updatedMillis when, wall clock
     */
    record Row(String counter, long window, long endsAtMillis, long used, long updatedMillis) {

        /** Whether this row holds rather than the other one, of the same counter. */
        public boolean isNewerThan(Row other) {
            if (window != other.window) {
                return window > other.window;
            }
            return updatedMillis != other.updatedMillis ? updatedMillis > other.updatedMillis : used > other.used;
        }
    }
}
