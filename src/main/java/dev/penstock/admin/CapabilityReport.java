// SPDX-License-Identifier: Apache-2.0
package dev.penstock.admin;

import dev.penstock.config.Snapshot;
import io.vertx.core.json.JsonObject;

/** What each configured provider can be asked for, by the schema of the client. */
@FunctionalInterface
public interface CapabilityReport {

    /** The body of {@code GET /admin/v1/capabilities}. Called on a worker thread: the first one translates some hundred samples. */
    JsonObject of(Snapshot snapshot);
}
