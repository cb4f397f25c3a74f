// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.chat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.exchange.GatewayError;
import dev.penstock.schema.SafeText;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the members of a request and says what is wrong with one: where, what was expected, and what kind of value stands there
 * instead. Values of the client are never repeated, but for the words that name a type or a role. A member that is null counts
 * as absent, as with the provider.
 */
final class RequestJson {

    private RequestJson() {}

    static String path(String parent, String name) {
        return parent.isEmpty() ? name : parent + '.' + name;
    }

    static @Nullable JsonNode member(JsonNode object, String name) {
        JsonNode value = object.get(name);
        return value == null || value.isNull() ? null : value;
    }

    static @Nullable String text(JsonNode object, String name, String parent) {
        JsonNode value = member(object, name);
        if (value != null && !value.isTextual()) {
            throw wrong(path(parent, name), "a string", kind(value));
        }
        return value == null ? null : value.textValue();
    }

    static String requiredText(JsonNode object, String name, String parent) {
        String value = text(object, name, parent);
        if (value == null) {
            throw wrong(path(parent, name), "a string", "nothing");
        }
        return value;
    }

    static @Nullable Boolean flag(JsonNode object, String name, String parent) {
        JsonNode value = member(object, name);
        if (value != null && !value.isBoolean()) {
            throw wrong(path(parent, name), "true or false", kind(value));
        }
        return value == null ? null : value.booleanValue();
    }

    static @Nullable Double number(JsonNode object, String name) {
        JsonNode value = member(object, name);
        if (value != null && !value.isNumber()) {
            throw wrong(name, "a number", kind(value));
        }
        return value == null ? null : value.doubleValue();
    }

    static @Nullable Long whole(JsonNode object, String name, String parent) {
        JsonNode value = member(object, name);
        if (value == null) {
            return null;
        }
        // 100.0 is a whole number in JSON.
        if (!value.isNumber() || !value.canConvertToExactIntegral() || !value.canConvertToLong()) {
            throw wrong(path(parent, name), "a whole number", kind(value));
        }
        return value.longValue();
    }

    static @Nullable Integer small(JsonNode object, String name) {
        Long value = whole(object, name, "");
        if (value != null && (value < 0 || value > Integer.MAX_VALUE)) {
            throw wrong(name, "a whole number that is not negative", "a number");
        }
        return value == null ? null : value.intValue();
    }

    static JsonNode object(JsonNode value, String path) {
        if (!value.isObject()) {
            throw wrong(path, "an object", kind(value));
        }
        return value;
    }

    static @Nullable JsonNode objectMember(JsonNode parentObject, String name, String parent) {
        JsonNode value = member(parentObject, name);
        return value == null ? null : object(value, path(parent, name));
    }

    static JsonNode requiredObject(JsonNode parentObject, String name, String parent) {
        JsonNode value = objectMember(parentObject, name, parent);
        if (value == null) {
            throw wrong(path(parent, name), "an object", "nothing");
        }
        return value;
    }

    static @Nullable JsonNode array(JsonNode parentObject, String name, String parent) {
        JsonNode value = member(parentObject, name);
        if (value != null && !value.isArray()) {
            throw wrong(path(parent, name), "an array", kind(value));
        }
        return value;
    }

    static List<String> texts(JsonNode value, String path) {
        if (value.isTextual()) {
            return List.of(value.textValue());
        }
        if (!value.isArray()) {
            throw wrong(path, "a string or an array of strings", kind(value));
        }
        List<String> all = new ArrayList<>(value.size());
        for (int i = 0; i < value.size(); i++) {
            JsonNode item = value.get(i);
            if (!item.isTextual()) {
                throw wrong(path + '[' + i + ']', "a string", kind(item));
            }
            all.add(item.textValue());
        }
        return List.copyOf(all);
    }

    /** The error for a word that names one of several things. */
    static GatewayError wrongWord(String path, String expected, @Nullable String found) {
        boolean showable = found != null && SafeText.isWord(found);
        return wrong(
                path, expected, found == null ? "nothing" : showable ? "\"" + SafeText.of(found) + '"' : "a string");
    }

    static GatewayError wrong(String path, String expected, JsonNode found) {
        return wrong(path, expected, kind(found));
    }

    static GatewayError wrong(String path, String expected, String found) {
        return GatewayError.builder(
                        GatewayError.Kind.INVALID_REQUEST,
                        "The field '" + path + "' must be " + expected + "; found " + found + ".")
                .param(path)
                .build();
    }

    static String kind(JsonNode value) {
        return switch (value.getNodeType()) {
            case STRING -> "a string";
            case NUMBER -> "a number";
            case BOOLEAN -> value.booleanValue() ? "true" : "false";
            case ARRAY -> "an array";
            case OBJECT -> "an object";
            case NULL -> "null";
            default -> "nothing";
        };
    }
}
