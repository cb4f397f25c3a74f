// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.responses;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.JsonNodeType;
import dev.penstock.exchange.GatewayError;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One object of a request and the path to it, so that a wrong field is named as the client knows it. Absent and null are the same.
 *
 * @param path empty for the request itself
 */
record Fields(JsonNode node, String path) {

    Fields {
        if (!node.isObject()) {
            throw wrong(path.isEmpty() ? "request" : path, "an object", node);
        }
    }

    /** The path of a field, as in {@code input[2].content[0].text}. */
    String path(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    @Nullable
    JsonNode get(String name) {
        JsonNode value = node.get(name);
        return value == null || value.isNull() ? null : value;
    }

    boolean has(String name) {
        return get(name) != null;
    }

    String required(String name) {
        String value = string(name);
        if (value == null) {
            throw GatewayError.builder(GatewayError.Kind.INVALID_REQUEST, "The field '" + path(name) + "' is missing.")
                    .param(path(name))
                    .code("missing_required_parameter")
                    .build();
        }
        return value;
    }

    @Nullable
    String string(String name) {
        JsonNode value = get(name);
        if (value != null && !value.isTextual()) {
            throw wrong(path(name), "a string", value);
        }
        return value == null ? null : value.textValue();
    }

    @Nullable
    Boolean flag(String name) {
        JsonNode value = get(name);
        if (value != null && !value.isBoolean()) {
            throw wrong(path(name), "true or false", value);
        }
        return value == null ? null : value.booleanValue();
    }

    @Nullable
    Double number(String name) {
        JsonNode value = get(name);
        if (value != null && !value.isNumber()) {
            throw wrong(path(name), "a number", value);
        }
        return value == null ? null : value.doubleValue();
    }

    /** A count of at least {@code min}. */
    @Nullable
    Long count(String name, long min) {
        JsonNode value = get(name);
        if (value != null && (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < min)) {
            throw wrong(path(name), "an integer of at least " + min, value);
        }
        return value == null ? null : value.longValue();
    }

    @Nullable
    Fields object(String name) {
        JsonNode value = get(name);
        return value == null ? null : new Fields(value, path(name));
    }

    /** The array, which is empty when there is none. */
    JsonNode array(String name) {
        JsonNode value = get(name);
        if (value != null && !value.isArray()) {
            throw wrong(path(name), "an array", value);
        }
        return value == null ? JsonNodeFactory.instance.arrayNode() : value;
    }

    /** An element of {@link #array}. */
    Fields element(String name, int index) {
        return new Fields(array(name).get(index), path(name) + "[" + index + "]");
    }

    /** What was found is told by its type, not by its value: requests hold what nobody else may read. */
    static GatewayError wrong(String path, String expected, JsonNode found) {
        return invalid(
                path, "The field '" + path + "' must be " + expected + "; found " + kind(found.getNodeType()) + ".");
    }

    private static String kind(JsonNodeType type) {
        return switch (type) {
            case ARRAY -> "an array";
            case OBJECT, POJO -> "an object";
            case NULL, MISSING -> "nothing";
            case BOOLEAN, NUMBER, STRING, BINARY -> "a " + type.name().toLowerCase(Locale.ROOT);
        };
    }

    static GatewayError invalid(String path, String message) {
        return GatewayError.builder(GatewayError.Kind.INVALID_REQUEST, message)
                .param(path)
                .code("invalid_value")
                .build();
    }

    static GatewayError unsupported(String path, String message) {
        return GatewayError.builder(GatewayError.Kind.INVALID_REQUEST, message)
                .param(path)
                .code("unsupported_parameter")
                .build();
    }
}
