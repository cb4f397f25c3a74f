// SPDX-License-Identifier: Apache-2.0
package dev.penstock.pipeline;

import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.TargetEdits;
import dev.penstock.routing.Route.RouteTarget;
import dev.penstock.translation.edits.EditedRequest;
import org.jspecify.annotations.Nullable;

/**
 * What a client asked for, as each target shall hear it: nearly always as it came, and for a target with edits of its own as these
 * leave it.
 *
 * @param schema that the client speaks
 * @param body as it came
 * @param asked the same, read
 * @param continuation keeps the answer alive when it breaks off, or null
 */
@SuppressWarnings("ArrayRecordComponent") // never compared, and never copied
record AskedFor(
        ApiSchema schema,
        byte[] body,
        Asked asked,
        @Nullable TextContinuation continuation) {

    /**
     * The request for a target.
     *
     * @throws GatewayError of kind INVALID_REQUEST when the edits make one of it that cannot be read
     */
    Asked with(TargetEdits edits) {
        return edits.isNone() ? asked : Asked.read(schema, EditedRequest.of(schema, body, edits));
    }

    /**
     * The way to a target and back.
     *
     * @param request as {@link #with} gave it
     * @param goesOn whether the client has the beginning of the answer already
     * @throws GatewayError of kind INVALID_REQUEST when there is none
     */
    Speech to(RouteTarget target, Asked request, boolean goesOn) {
        Speech own = request.to(target);
        if (continuation == null) {
            return own;
        }
        return goesOn
                ? continuation.goOn(target, own, EditedRequest.of(schema, body, target.edits()))
                : continuation.begin(target, own);
    }
}
