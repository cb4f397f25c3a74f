// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import dev.penstock.auth.GatewayKey;
import dev.penstock.auth.Verdict;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The header fields in which a caller's key arrives. */
final class KeyFields {

    private KeyFields() {}

    static Verdict check(GatewayKey key, HttpServerRequest request) {
        MultiMap fields = request.headers();
        return key.check(fields.get("authorization"), one(fields, "x-api-key"), one(fields, "x-goog-api-key"));
    }

    /** A key that is there twice is no key: whoever comes behind could take the other one. */
    private static @Nullable String one(MultiMap fields, String name) {
        List<String> all = fields.getAll(name);
        return all.isEmpty() ? null : all.size() == 1 ? all.getFirst() : "";
    }
}
