// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Remembers so many things; what was used longest ago is forgotten first. Belongs to one event loop. */
final class RecentlyUsed<V> {

    private final int most;
    private final Map<Fingerprint, V> entries = new LinkedHashMap<>(64, 0.75f, true);

    RecentlyUsed(int most) {
        this.most = most;
    }

    @Nullable
    V get(Fingerprint of) {
        return entries.get(of);
    }

    void put(Fingerprint of, V value) {
        entries.put(of, value);
        if (entries.size() > most) {
            entries.remove(entries.keySet().iterator().next());
        }
    }

    void remove(Fingerprint of) {
        entries.remove(of);
    }

    int size() {
        return entries.size();
    }
}
