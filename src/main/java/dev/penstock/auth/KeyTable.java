// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

import dev.penstock.config.NetworkBlock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The keys that were made at run time, by public id. Immutable: a change makes another one. */
record KeyTable(Map<String, Held> byId) {

    static final KeyTable EMPTY = new KeyTable(Map.of());

    /**
     * A stored key, ready for use.
     *
     * @param key as it is stored
     * @param digest its HMAC, which nobody writes into
     * @param networks that it may be used from
     * @param use when it was last used
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared as a record
    record Held(StoredKey key, byte[] digest, List<NetworkBlock> networks, LastUse use) {}

    KeyTable {
        byId = Map.copyOf(byId);
    }

    static KeyTable of(Collection<StoredKey> keys, Function<String, LastUse> uses) {
        Map<String, Held> byId = new HashMap<>();
        keys.forEach(
                key -> byId.put(key.publicId(), new Held(key, key.hmac(), networks(key), uses.apply(key.publicId()))));
        return new KeyTable(byId);
    }

    private static List<NetworkBlock> networks(StoredKey key) {
        List<NetworkBlock> networks = new ArrayList<>();
        key.ips().forEach(text -> networks.add(NetworkBlock.of(text)));
        return List.copyOf(networks);
    }

    @Nullable
    Held get(String publicId) {
        return byId.get(publicId);
    }
}
