// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

import io.vertx.core.Future;
import java.time.Instant;
import java.util.Map;

/** When keys were last used, beyond the life of the process. Any thread; nothing here waits, and no request waits for it. */
public interface KeyUseStore {

    /** The last use of each key that any node told of, by key id; once, at start. Fails when it cannot be read. */
    Future<Map<String, Instant>> load();

    /** Keeps these moments, some seconds later and as soon as the store can; one that is earlier than what is kept changes nothing. */
    void save(Map<String, Instant> uses);
}
