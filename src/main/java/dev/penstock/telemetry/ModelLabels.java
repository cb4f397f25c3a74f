// SPDX-License-Identifier: Apache-2.0
package dev.penstock.telemetry;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the label {@code model} bounded although clients choose its value. Names from the configuration are always labels;
 * a {@code provider/model} name becomes one when a provider has answered it, up to {@value #MAX_RAW} of them; everything
 * else, unknown names first of all, is {@value #OTHER}. So nobody can fill the time series database, or use up the free
 * places, by sending made-up names.
 */
final class ModelLabels {

    static final String OTHER = "__other__";
    static final int MAX_RAW = 200;
    private static final int MAX_LENGTH = 128;

    private volatile Set<String> configured = Set.of();
    private final Set<String> answered = ConcurrentHashMap.newKeySet();

    /** The names of a new configuration. Labels that have been given stay, because counters do not go backwards. */
    void configured(Set<String> names) {
        configured = Set.copyOf(names);
    }

    /** The label of a name that proves nothing: the exchange failed. */
    String of(@Nullable String name) {
        return name != null && isKnown(name) ? name : OTHER;
    }

    /** The label of a name that a provider has just answered. */
    String ofAnswered(@Nullable String name) {
        if (name == null || name.length() > MAX_LENGTH) {
            return OTHER;
        }
        if (isKnown(name)) {
            return name;
        }
        return admit(name) ? name : OTHER;
    }

    boolean isKnown(String name) {
        return configured.contains(name) || answered.contains(name);
    }

    // Two event loops may come here at once: without the lock each could see the last free place.
    private boolean admit(String name) {
        synchronized (answered) {
            return answered.contains(name) || (answered.size() < MAX_RAW && answered.add(name));
        }
    }
}
