// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.chat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.conversation.CacheMark;
import dev.penstock.conversation.Part;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The content of a message: a string, or a list of typed parts. */
final class PartsReader {

    private PartsReader() {}

    /**
     * Reads a content.
     *
     * @param mark of the whole message, for its last part; or null
     */
    static List<Part> read(@Nullable JsonNode content, String path, @Nullable CacheMark mark) {
        List<Part> parts = new ArrayList<>();
        if (content == null) {
            return parts;
        }
        if (content.isTextual()) {
            parts.add(new Part.Text(content.textValue(), mark));
            return parts;
        }
        if (!content.isArray()) {
            throw RequestJson.wrong(path, "a string or an array of parts", content);
        }
        for (int i = 0; i < content.size(); i++) {
            JsonNode part = content.get(i);
            CacheMark own = mark(RequestJson.member(part, "cache_control"));
            boolean last = i == content.size() - 1;
            part(part, path + '[' + i + ']', own == null && last ? mark : own, parts);
        }
        return parts;
    }

    static @Nullable CacheMark mark(@Nullable JsonNode control) {
        if (control == null || !control.isObject()) {
            return null;
        }
        return new CacheMark(control.path("ttl").textValue());
    }

    private static void part(JsonNode part, String path, @Nullable CacheMark mark, List<Part> parts) {
        if (part.isTextual()) {
            parts.add(new Part.Text(part.textValue(), mark));
            return;
        }
        RequestJson.object(part, path);
        String type = RequestJson.text(part, "type", path);
        switch (type == null ? "" : type) {
            case "text" -> parts.add(new Part.Text(RequestJson.requiredText(part, "text", path), mark));
            case "image_url" -> parts.add(image(part, path, mark));
            case "input_audio" -> parts.add(audio(part, path));
            case "file" -> parts.add(file(RequestJson.requiredObject(part, "file", path), path + ".file", mark));
            case "refusal" -> parts.add(new Part.Refusal(RequestJson.requiredText(part, "refusal", path)));
            case "thinking" -> parts.add(new Part.Thought(thinking(RequestJson.member(part, "thinking")), null));
            default ->
                throw RequestJson.wrongWord(path + ".type", "text, image_url, input_audio, file or refusal", type);
        }
    }

    /** Mistral's: a string, or a list of text parts. */
    private static String thinking(@Nullable JsonNode thinking) {
        if (thinking == null || thinking.isTextual()) {
            return thinking == null ? "" : thinking.textValue();
        }
        StringBuilder words = new StringBuilder();
        for (JsonNode part : thinking) {
            words.append(part.path("text").asText(""));
        }
        return words.toString();
    }

    private static Part image(JsonNode part, String path, @Nullable CacheMark mark) {
        JsonNode image = part.get("image_url");
        boolean plain = image != null && image.isTextual();
        // Mistral and some clients send the address where OpenAI has an object.
        JsonNode object = plain ? part : RequestJson.requiredObject(part, "image_url", path);
        String urlPath = plain ? path : path + ".image_url";
        String url = RequestJson.requiredText(object, plain ? "image_url" : "url", urlPath);
        String detail = plain ? null : RequestJson.text(object, "detail", urlPath);
        if (!url.regionMatches(true, 0, "data:", 0, 5)) {
            return new Part.Image(null, null, url, detail, mark);
        }
        DataUrl data = DataUrl.parse(url);
        if (data == null) {
            throw RequestJson.wrong(
                    plain ? path + ".image_url" : urlPath + ".url",
                    "an https address or data:<media type>;base64,<data>",
                    "another data: address");
        }
        return new Part.Image(data.mediaType(), data.base64(), null, detail, mark);
    }

    private static Part audio(JsonNode part, String path) {
        JsonNode audio = RequestJson.requiredObject(part, "input_audio", path);
        return new Part.Audio(
                RequestJson.requiredText(audio, "format", path + ".input_audio"),
                RequestJson.requiredText(audio, "data", path + ".input_audio"));
    }

    private static Part file(JsonNode file, String path, @Nullable CacheMark mark) {
        String name = RequestJson.text(file, "filename", path);
        String data = RequestJson.text(file, "file_data", path);
        if (data == null) {
            // A file that lies at the provider has a name that only this provider knows.
            throw RequestJson.wrong(path + ".file_data", "the bytes of the file in base64", "nothing");
        }
        if (data.startsWith("https://") || data.startsWith("http://")) {
            return new Part.Document(name, null, null, data, null, mark);
        }
        DataUrl url = data.regionMatches(true, 0, "data:", 0, 5) ? DataUrl.parse(data) : null;
        return url == null
                ? new Part.Document(name, typeOf(name), data, null, null, mark)
                : new Part.Document(name, url.mediaType(), url.base64(), null, null, mark);
    }

    /** OpenAI takes PDF where nothing else is said. */
    private static String typeOf(@Nullable String name) {
        String lower = name == null ? "" : name.toLowerCase(Locale.ROOT);
        return lower.endsWith(".txt")
                ? "text/plain"
                : lower.endsWith(".md") ? "text/markdown" : lower.endsWith(".csv") ? "text/csv" : "application/pdf";
    }
}
