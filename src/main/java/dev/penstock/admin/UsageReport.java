// SPDX-License-Identifier: Apache-2.0
package dev.penstock.admin;

import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * What calls have cost and how they went. The futures fail with a {@link dev.penstock.exchange.GatewayError} where the question is
 * none, or nothing is kept that could answer it. On the event loop of this listener; nothing blocks.
 */
public interface UsageReport {

    /**
     * A page of usage.
     *
     * @param contentType of the body
     * @param body JSON or CSV
     * @param next where the next page begins; null where this is the last one
     */
    record Answer(String contentType, String body, @Nullable String next) {}

    /**
     * The body of {@code GET /admin/v1/usage}.
     *
     * @param accept the header field, or null
     */
    Future<Answer> usage(MultiMap query, @Nullable String accept);

    /** The body of {@code GET /admin/v1/exchanges}: single exchanges, newest first. */
    Future<String> exchanges(MultiMap query);

    /**
     * The body of {@code GET /admin/v1/exchanges/<id>}: all that is known of one.
     *
     * @param name its UUID, or what {@code x-request-id} said
     */
    Future<JsonObject> exchange(String name);

    /**
     * The body of {@code GET /admin/v1/exchanges/<id>/content}: what was said in it, where its tenant has that recorded. Its member
     * {@code id} is the UUID, whatever name was asked for.
     *
     * @param name its UUID, or what {@code x-request-id} said
     */
    Future<JsonObject> content(String name);
}
