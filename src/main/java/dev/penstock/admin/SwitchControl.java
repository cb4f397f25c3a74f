// SPDX-License-Identifier: Apache-2.0
package dev.penstock.admin;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;

/**
 * Switches, as the admin API shows and flips them. Called on an event loop; nothing here waits. A wrong question fails with a
 * {@link dev.penstock.exchange.GatewayError} that says what is wrong with it.
 */
public interface SwitchControl {

    /** All that somebody has spoken of, and the gateway. */
    JsonObject list();

    /**
     * Flips one. It holds before the answer comes.
     *
     * @param object such as {@code model.chat}
     * @param wish what the client sent
     * @param actor who, without a secret
     * @return how it stands now, and whether the store has kept it
     */
    Future<JsonObject> flip(String object, JsonObject wish, String actor);

    /** Takes the live flip back, so that the file holds; the rest as above. */
    Future<JsonObject> clear(String object, String actor);
}
