// SPDX-License-Identifier: Apache-2.0
package dev.penstock.switches;

import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Where live flips outlive the process. Nothing here waits; any thread. No request waits for it either. */
public interface SwitchStore {

    /** The last flip of each object; once, at start. Fails when the store cannot be read. */
    Future<List<StoredSwitch>> load();

    /**
     * Keeps a flip in place of an older one of the same object. One that is not {@link StoredSwitch#isNewerThan newer} than what is kept
     * changes nothing and is no failure: several nodes may share a store. Fails when it could not be kept.
     */
    Future<?> save(StoredSwitch flip);

    /** One that lasts as long as the process. */
    static SwitchStore inMemory() {
        Map<String, StoredSwitch> kept = new ConcurrentHashMap<>();
        return new SwitchStore() {
            @Override
            public Future<List<StoredSwitch>> load() {
                return Future.succeededFuture(List.copyOf(kept.values()));
            }

            @Override
            public Future<?> save(StoredSwitch flip) {
                kept.merge(flip.object(), flip, (old, now) -> now.isNewerThan(old) ? now : old);
                return Future.succeededFuture();
            }
        };
    }
}
