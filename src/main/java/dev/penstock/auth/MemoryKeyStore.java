// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

import io.vertx.core.Future;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Keeps keys as long as the process lives. */
public final class MemoryKeyStore implements KeyStore {

    private final Map<String, StoredKey> keys = new LinkedHashMap<>();
    private long version;

    @Override
    public synchronized Future<List<StoredKey>> load() {
        return Future.succeededFuture(List.copyOf(keys.values()));
    }

    @Override
    public synchronized Future<Void> put(List<StoredKey> changed) {
        changed.forEach(key -> keys.put(key.publicId(), key));
        version++;
        return Future.succeededFuture();
    }

    @Override
    public synchronized Future<Long> version() {
        return Future.succeededFuture(version);
    }

    @Override
    public boolean keeps() {
        return false;
    }

    @Override
    public Future<byte @Nullable []> pepper(byte[] candidate) {
        return Future.succeededFuture(null);
    }
}
