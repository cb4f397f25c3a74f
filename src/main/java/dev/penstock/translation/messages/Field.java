// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.messages;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.exchange.GatewayError;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A value of the request with the path at which it stands, so that whatever is wrong with it can be said exactly. Absent and
 * {@code null} are the same. Never says what the value was, only of what type.
 *
 * @param path as the client would write it, such as {@code messages[2].content[0].source.url}
 */
record Field(String path, JsonNode value) {

    Field at(String name) {
        return new Field(path.isEmpty() ? name : path + "." + name, value.path(name));
    }

    Field at(int index) {
        return new Field(path + "[" + index + "]", value.path(index));
    }

    boolean absent() {
        return value.isMissingNode() || value.isNull();
    }

    int size() {
        return value.size();
    }

    String string() {
        if (absent()) {
            throw missing();
        }
        if (!value.isTextual()) {
            throw wrong("a string");
        }
        return value.textValue();
    }

    @Nullable
    String stringOrNull() {
        return absent() ? null : string();
    }

    @Nullable
    Long countOrNull() {
        if (absent()) {
            return null;
        }
        if (!value.isNumber()
                || value.asDouble() < 0
                || value.asDouble() > Integer.MAX_VALUE
                || value.asDouble() != Math.rint(value.asDouble())) {
            throw wrong("an integer from 0 to " + Integer.MAX_VALUE);
        }
        return value.asLong();
    }

    @Nullable
    Double numberOrNull() {
        if (absent()) {
            return null;
        }
        if (!value.isNumber()) {
            throw wrong("a number");
        }
        return value.asDouble();
    }

    @Nullable
    Boolean flagOrNull() {
        if (absent()) {
            return null;
        }
        if (!value.isBoolean()) {
            throw wrong("a boolean");
        }
        return value.booleanValue();
    }

    Field object() {
        if (absent()) {
            throw missing();
        }
        if (!value.isObject()) {
            throw wrong("an object");
        }
        return this;
    }

    Field array() {
        if (absent()) {
            throw missing();
        }
        if (!value.isArray()) {
            throw wrong("an array");
        }
        return this;
    }

    GatewayError missing() {
        return error("The field '" + path + "' is missing.");
    }

    GatewayError wrong(String expected) {
        String found = value.getNodeType().name().toLowerCase(Locale.ROOT);
        return error("The field '" + path + "' must be " + expected + "; found: " + found + ".");
    }

    GatewayError error(String message) {
        return GatewayError.builder(GatewayError.Kind.INVALID_REQUEST, message)
                .param(path)
                .build();
    }
}
