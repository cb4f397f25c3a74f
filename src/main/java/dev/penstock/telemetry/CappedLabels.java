// SPDX-License-Identifier: Apache-2.0
package dev.penstock.telemetry;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The values of one label, first come, first served: each has a small number, and those that come when all numbers are taken share one
 * value, {@value #OTHER}. What nobody has said is {@value #NONE}. A lookup allocates nothing. Any thread.
 */
final class CappedLabels {

    static final String OTHER = "__other__";
    static final String NONE = "none";
    static final int OTHER_ID = 0;
    static final int NONE_ID = 1;
    private static final int FIXED = 2;
    private static final int MAX_LENGTH = 128;

    private final int cap;
    private final Map<String, Integer> ids = new ConcurrentHashMap<>();
    private final List<String> names = new CopyOnWriteArrayList<>(List.of(OTHER, NONE));

    /** @param cap most values beside the two that are always there */
    CappedLabels(int cap) {
        this.cap = cap;
        ids.put(OTHER, OTHER_ID);
        ids.put(NONE, NONE_ID);
    }

    /** The number of a value, which may take the next free one. */
    int idOf(String value) {
        if (value.isEmpty()) {
            return NONE_ID;
        }
        Integer known = ids.get(value);
        return known != null ? known : admit(value);
    }

    /** The value that stands in the scrape. */
    String name(int id) {
        return names.get(id);
    }

    // Two event loops may come here at once: without the lock each could see the last free number.
    private int admit(String value) {
        if (names.size() - FIXED >= cap) {
            return OTHER_ID;
        }
        synchronized (ids) {
            Integer known = ids.get(value);
            if (known != null) {
                return known;
            }
            if (names.size() - FIXED >= cap || value.length() > MAX_LENGTH) {
                return OTHER_ID;
            }
            int id = names.size();
            names.add(value);
            ids.put(value, id);
            return id;
        }
    }
}
