// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.chat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;

/**
 * Writes a tree as compact UTF-8. Jackson refuses half of a surrogate pair with an exception; a client may send one, and it is no
 * reason to fail, so strings are written here.
 */
final class JsonText {

    private JsonText() {}

    static byte[] write(JsonNode tree) {
        JsonBytes out = new JsonBytes();
        value(tree, out);
        return out.take();
    }

    private static void value(JsonNode value, JsonBytes out) {
        switch (value.getNodeType()) {
            case OBJECT -> {
                String comma = "{";
                for (Map.Entry<String, JsonNode> member : value.properties()) {
                    out.raw(comma).string(member.getKey()).raw(":");
                    value(member.getValue(), out);
                    comma = ",";
                }
                out.raw(value.isEmpty() ? "{}" : "}");
            }
            case ARRAY -> {
                String comma = "[";
                for (JsonNode item : value) {
                    out.raw(comma);
                    value(item, out);
                    comma = ",";
                }
                out.raw(value.isEmpty() ? "[]" : "]");
            }
            case STRING -> out.string(value.textValue());
            default -> out.raw(value.toString());
        }
    }
}
