// SPDX-License-Identifier: Apache-2.0
package dev.penstock.audit;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One way to write an object, so that equal objects have equal hashes: RFC 8785 (JCS), for the part of JSON that is needed here. Values
 * are texts, whole numbers, and one level of objects with texts in them. Members stand in the order of their UTF-16 code units, which is
 * that of Java's strings.
 */
final class Canonical {

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();
    private static final HexFormat HEX = HexFormat.of();

    private Canonical() {}

    static byte[] bytes(SortedMap<String, Object> members) {
        StringBuilder out = new StringBuilder(512);
        object(members, out);
        return out.toString().getBytes(UTF_8);
    }

    private static void object(Map<?, ?> members, StringBuilder out) {
        out.append('{');
        String comma = "";
        for (Map.Entry<?, ?> member : members.entrySet()) {
            out.append(comma);
            text((String) member.getKey(), out);
            out.append(':');
            switch (member.getValue()) {
                case Long number -> out.append(number.longValue());
                case String text -> text(text, out);
                case SortedMap<?, ?> inner -> object(inner, out);
                default -> throw new IllegalArgumentException("neither text nor number nor object");
            }
            comma = ",";
        }
        out.append('}');
    }

    private static void text(String text, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\b' -> out.append("\\b");
                case '\f' -> out.append("\\f");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    if (c < ' ') {
                        out.append("\\u00").append(HEX.toHexDigits((byte) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }

    /** The members of a line; null where it is not exactly what {@link #bytes} would have written. */
    static @Nullable SortedMap<String, Object> read(byte[] line) {
        try (JsonParser parser = JSON.createParser(line)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return null;
            }
            SortedMap<String, Object> members = members(parser, true);
            boolean alone = parser.nextToken() == null;
            return alone && Arrays.equals(bytes(members), line) ? members : null;
        } catch (IOException | IllegalArgumentException e) {
            return null;
        }
    }

    private static SortedMap<String, Object> members(JsonParser parser, boolean outer) throws IOException {
        SortedMap<String, Object> members = new TreeMap<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            JsonToken token = parser.nextToken();
            if (token == JsonToken.VALUE_STRING) {
                members.put(name, parser.getText());
            } else if (token == JsonToken.VALUE_NUMBER_INT && outer) {
                members.put(name, parser.getLongValue());
            } else if (token == JsonToken.START_OBJECT && outer) {
                members.put(name, members(parser, false));
            } else {
                throw new IllegalArgumentException("nothing that is written here");
            }
        }
        return members;
    }

    static String sha256(byte[] bytes) {
        try {
            return HEX.formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
