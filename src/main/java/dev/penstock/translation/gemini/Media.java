// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.gemini;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.exchange.GatewayError;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Pictures, sound and documents as parts: bytes are {@code inlineData}, a place is {@code fileData}. Google fetches {@code https} and
 * {@code gs} addresses itself (and its own {@code files/} ones, which are https); it wants a media type with each, which is told by the
 * ending of the path. The type need not fit exactly: a PNG called image/jpeg is read (recorded with Vertex).
 */
final class Media {

    private static final String OWN_FILES = "https://generativelanguage.googleapis.com/";
    private static final int MAX_ADDRESS = 8_192;

    private static final Map<String, String> BY_ENDING = Map.ofEntries(
            Map.entry("png", "image/png"),
            Map.entry("jpg", "image/jpeg"),
            Map.entry("jpeg", "image/jpeg"),
            Map.entry("webp", "image/webp"),
            Map.entry("gif", "image/gif"),
            Map.entry("heic", "image/heic"),
            Map.entry("heif", "image/heif"),
            Map.entry("pdf", "application/pdf"),
            Map.entry("txt", "text/plain"),
            Map.entry("md", "text/markdown"),
            Map.entry("csv", "text/csv"),
            Map.entry("html", "text/html"),
            Map.entry("htm", "text/html"),
            Map.entry("xml", "text/xml"),
            Map.entry("json", "application/json"),
            Map.entry("mp3", "audio/mp3"),
            Map.entry("wav", "audio/wav"),
            Map.entry("mp4", "video/mp4"));

    private Media() {}

    static ObjectNode inline(String mediaType, String base64) {
        ObjectNode part = JsonNodeFactory.instance.objectNode();
        part.putObject("inlineData").put("mimeType", mediaType).put("data", base64);
        return part;
    }

    /**
     * Bytes or a place.
     *
     * @param otherwise the media type of an address that does not show one
     * @param param the field, for an error
     */
    static ObjectNode part(
            @Nullable String mediaType, @Nullable String base64, @Nullable String url, String otherwise, String param) {
        if (base64 != null) {
            if (mediaType == null) {
                throw refused(param, "the media type of its bytes, none was found");
            }
            return inline(mediaType, base64);
        }
        if (url == null) {
            throw refused(param, "bytes or an address, neither was found");
        }
        return place(mediaType, url, otherwise, param);
    }

    private static ObjectNode place(@Nullable String mediaType, String url, String otherwise, String param) {
        String scheme = url.substring(0, Math.max(0, url.indexOf(':'))).toLowerCase(Locale.ROOT);
        if (scheme.equals("data")) {
            return fromDataUrl(url, otherwise, param);
        }
        if (!scheme.equals("https") && !scheme.equals("gs")) {
            throw refused(param, "an address that begins with https:// or gs://, because Gemini fetches no other");
        }
        if (url.length() > MAX_ADDRESS) {
            throw refused(param, "an address of at most " + MAX_ADDRESS + " characters");
        }
        ObjectNode part = JsonNodeFactory.instance.objectNode();
        ObjectNode file = part.putObject("fileData");
        String type = mediaType != null ? mediaType : byEnding(url);
        if (type != null) {
            file.put("mimeType", type);
        } else if (!url.startsWith(OWN_FILES)) {
            file.put("mimeType", otherwise);
        }
        file.put("fileUri", url);
        return part;
    }

    private static ObjectNode fromDataUrl(String url, String otherwise, String param) {
        int comma = url.indexOf(',');
        String head = comma < 0 ? "" : url.substring("data:".length(), comma);
        if (!head.endsWith(";base64")) {
            throw refused(param, "a data URL in base64");
        }
        int end = head.indexOf(';');
        return inline(end > 0 ? head.substring(0, end) : otherwise, url.substring(comma + 1));
    }

    private static @Nullable String byEnding(String url) {
        int end = url.length();
        for (int i = 0; i < end; i++) {
            char c = url.charAt(i);
            if (c == '?' || c == '#') {
                end = i;
            }
        }
        int dot = url.lastIndexOf('.', end);
        if (dot < 0 || dot + 1 >= end) {
            return null;
        }
        return BY_ENDING.get(url.substring(dot + 1, end).toLowerCase(Locale.ROOT));
    }

    private static GatewayError refused(String param, String expected) {
        return GatewayError.builder(GatewayError.Kind.INVALID_REQUEST, param + ": expected " + expected + ".")
                .param(param)
                .build();
    }
}
