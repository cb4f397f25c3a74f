// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.conversation.Losses;
import dev.penstock.exchange.GatewayError;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * JSON Schema in the part of OpenAPI 3.0 that models before Gemini 2.5 take; they answer 400 to any other keyword. References are put in
 * their places, {@code null} among types becomes {@code nullable}, {@code oneOf} becomes {@code anyOf}, {@code const} an enum of one. A
 * keyword that only describes is left out; one that forbids something is a loss. The order of properties, which these models forget, is
 * said in {@code propertyOrdering}.
 */
final class RestrictedSchema {

    private static final int MAX_DEPTH = 32;
    /** References to references can make much of little. */
    private static final int MAX_NODES = 10_000;

    private static final Set<String> TAKEN = Set.of(
            "title",
            "description",
            "default",
            "minItems",
            "maxItems",
            "minLength",
            "maxLength",
            "minProperties",
            "maxProperties",
            "minimum",
            "maximum",
            "pattern",
            "nullable",
            "required");
    private static final Set<String> FORBIDDING = Set.of(
            "exclusiveMinimum",
            "exclusiveMaximum",
            "multipleOf",
            "patternProperties",
            "propertyNames",
            "uniqueItems",
            "contains",
            "prefixItems",
            "not",
            "if",
            "then",
            "else",
            "dependentRequired",
            "dependentSchemas");
    private static final Set<String> FORMATS = Set.of("date-time", "enum", "float", "double", "int32", "int64");

    private final JsonNode root;
    private final String path;
    private final Losses losses;
    private int nodes;

    RestrictedSchema(JsonNode root, String path, Losses losses) {
        this.root = root;
        this.path = path;
        this.losses = losses;
    }

    ObjectNode translated() {
        return translate(root, 0);
    }

    private ObjectNode translate(JsonNode schema, int depth) {
        if (depth > MAX_DEPTH || ++nodes > MAX_NODES) {
            throw GatewayError.builder(
                            GatewayError.Kind.INVALID_REQUEST,
                            path + ": expected a small schema without recursion, because this model takes no other.")
                    .param(path)
                    .build();
        }
        ObjectNode out = JsonNodeFactory.instance.objectNode();
        for (Map.Entry<String, JsonNode> field : schema.properties()) {
            take(field.getKey(), field.getValue(), out, depth);
        }
        return out;
    }

    private void take(String keyword, JsonNode value, ObjectNode out, int depth) {
        switch (keyword) {
            case "$ref" -> merge(translate(resolve(value.asText()), depth + 1), out);
            case "type" -> takeType(value, out);
            case "const" -> takeEnum(JsonNodeFactory.instance.arrayNode().add(value), out);
            case "enum" -> takeEnum(value, out);
            case "format" -> {
                if (FORMATS.contains(value.asText())) {
                    out.set(keyword, value);
                }
            }
            case "properties" -> takeProperties(value, out, depth);
            case "items" -> out.set("items", translate(value, depth + 1));
            case "anyOf", "oneOf" -> takeChoices(value, out, depth);
            case "allOf" -> value.forEach(part -> merge(translate(part, depth + 1), out));
            default -> {
                if (TAKEN.contains(keyword)) {
                    out.set(keyword, value);
                } else if (FORBIDDING.contains(keyword)) {
                    losses.add(path + "." + keyword);
                }
            }
        }
    }

    private JsonNode resolve(String reference) {
        JsonNode found = reference.startsWith("#/") ? root.at(reference.substring(1)) : null;
        if (found == null || found.isMissingNode()) {
            throw GatewayError.builder(
                            GatewayError.Kind.INVALID_REQUEST, path + ": expected $ref to point into the same schema.")
                    .param(path)
                    .build();
        }
        return found;
    }

    private static void takeType(JsonNode type, ObjectNode out) {
        if (!type.isArray()) {
            out.put("type", type.asText().toUpperCase(Locale.ROOT));
            return;
        }
        List<String> types = new ArrayList<>();
        for (JsonNode one : type) {
            if (one.asText().equals("null")) {
                out.put("nullable", true);
            } else {
                types.add(one.asText().toUpperCase(Locale.ROOT));
            }
        }
        if (types.size() == 1) {
            out.put("type", types.get(0));
        } else if (!types.isEmpty()) {
            ArrayNode choices = out.putArray("anyOf");
            types.forEach(one -> choices.addObject().put("type", one));
        }
    }

    /** Only of texts; numbers stay free, which is a loss. */
    private void takeEnum(JsonNode values, ObjectNode out) {
        ArrayNode texts = JsonNodeFactory.instance.arrayNode();
        for (JsonNode value : values) {
            if (value.isNull()) {
                out.put("nullable", true);
            } else if (value.isTextual()) {
                texts.add(value);
            } else {
                losses.add(path + ".enum");
                return;
            }
        }
        if (!texts.isEmpty()) {
            out.put("type", "STRING").put("format", "enum").set("enum", texts);
        }
    }

    private void takeProperties(JsonNode properties, ObjectNode out, int depth) {
        ObjectNode translated = JsonNodeFactory.instance.objectNode();
        ArrayNode order = JsonNodeFactory.instance.arrayNode();
        for (Map.Entry<String, JsonNode> property : properties.properties()) {
            translated.set(property.getKey(), translate(property.getValue(), depth + 1));
            order.add(property.getKey());
        }
        if (!translated.isEmpty()) {
            mergeInto(out, "properties", translated);
            if (out.get("propertyOrdering") instanceof ArrayNode before) {
                before.addAll(order);
            } else {
                out.set("propertyOrdering", order);
            }
        }
    }

    private void takeChoices(JsonNode choices, ObjectNode out, int depth) {
        ArrayNode kept = JsonNodeFactory.instance.arrayNode();
        for (JsonNode choice : choices) {
            if (choice.path("type").asText().equals("null")) {
                out.put("nullable", true);
            } else {
                kept.add(translate(choice, depth + 1));
            }
        }
        if (kept.size() == 1) {
            merge((ObjectNode) kept.get(0), out);
        } else if (!kept.isEmpty()) {
            out.set("anyOf", kept);
        }
    }

    private static void merge(ObjectNode from, ObjectNode out) {
        for (Map.Entry<String, JsonNode> field : from.properties()) {
            JsonNode before = out.get(field.getKey());
            if (before instanceof ObjectNode && field.getValue() instanceof ObjectNode more) {
                mergeInto(out, field.getKey(), more);
            } else if (before instanceof ArrayNode list && field.getValue() instanceof ArrayNode more) {
                more.forEach(list::add);
            } else if (before == null) {
                out.set(field.getKey(), field.getValue());
            }
        }
    }

    private static void mergeInto(ObjectNode out, String name, ObjectNode more) {
        @Nullable JsonNode before = out.get(name);
        if (before instanceof ObjectNode both) {
            both.setAll(more);
        } else {
            out.set(name, more);
        }
    }
}
