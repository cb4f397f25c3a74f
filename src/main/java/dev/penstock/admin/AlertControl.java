// SPDX-License-Identifier: Apache-2.0
package dev.penstock.admin;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;

/** Alerts, as the admin API shows and tries them. Called on an event loop; nothing here waits. */
public interface AlertControl {

    /** What is on, and who is told. */
    Future<JsonObject> list();

    /** Sends every receiver a notice that says that it is a test. */
    Future<JsonObject> test(String actor);
}
