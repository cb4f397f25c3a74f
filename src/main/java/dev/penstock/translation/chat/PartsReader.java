// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.chat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.conversation.CacheMark;
import dev.penstock.conversation.Message;
import dev.penstock.conversation.Part;
import dev.penstock.conversation.Place;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The content of a message: a string, or a list of typed parts. */
final class PartsReader {

    private final Map<String, JsonNode> extras;
    private final Message.Draft parts = new Message.Draft();

    private PartsReader(Map<String, JsonNode> extras) {
        this.extras = extras;
    }

    /**
     * Reads a content.
     *
     * @param mark of the whole message, for its last part; or null
     * @param extras takes members of parts that have no place, by path
     */
    static Message.Draft read(
            @Nullable JsonNode content, String path, @Nullable CacheMark mark, Map<String, JsonNode> extras) {
        PartsReader reader = new PartsReader(extras);
        if (content != null) {
            reader.content(content, path, mark);
        }
        return reader.parts;
    }

    private void content(JsonNode content, String path, @Nullable CacheMark mark) {
        if (content.isTextual()) {
            parts.add(new Part.Text(content.textValue(), mark), new Place(path, ChatWords.PLACE));
            return;
        }
        if (!content.isArray()) {
            throw RequestJson.wrong(path, "a string or an array of parts", content);
        }
        for (int i = 0; i < content.size(); i++) {
            JsonNode part = content.get(i);
            CacheMark own = mark(RequestJson.member(part, "cache_control"));
            boolean last = i == content.size() - 1;
            String at = path + '[' + i + ']';
            parts.add(part(part, at, own == null && last ? mark : own), new Place(at, ChatWords.PLACE));
        }
    }

    static @Nullable CacheMark mark(@Nullable JsonNode control) {
        if (control == null || !control.isObject()) {
            return null;
        }
        return new CacheMark(control.path("ttl").textValue());
    }

    private Part part(JsonNode part, String path, @Nullable CacheMark mark) {
        if (part.isTextual()) {
            return new Part.Text(part.textValue(), mark);
        }
        RequestJson.object(part, path);
        String type = RequestJson.text(part, "type", path);
        return switch (type == null ? "" : type) {
            case "text" -> {
                ChatWords.TEXT.keepOthers(part, path, extras);
                yield new Part.Text(RequestJson.requiredText(part, "text", path), mark);
            }
            case "image_url" -> image(part, path, mark);
            case "input_audio" -> audio(part, path);
            case "file" -> {
                ChatWords.FILE_PART.keepOthers(part, path, extras);
                yield file(RequestJson.requiredObject(part, "file", path), path + ".file", mark);
            }
            case "refusal" -> {
                ChatWords.REFUSAL.keepOthers(part, path, extras);
                yield new Part.Refusal(RequestJson.requiredText(part, "refusal", path));
            }
            case "thinking" -> {
                ChatWords.THINKING.keepOthers(part, path, extras);
                yield new Part.Thought(thinking(RequestJson.member(part, "thinking")), null);
            }
            default ->
                throw RequestJson.wrongWord(path + ".type", "text, image_url, input_audio, file or refusal", type);
        };
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

    private Part image(JsonNode part, String path, @Nullable CacheMark mark) {
        ChatWords.IMAGE.keepOthers(part, path, extras);
        JsonNode image = part.get("image_url");
        boolean plain = image != null && image.isTextual();
        // Mistral and some clients send the address where OpenAI has an object.
        JsonNode object = plain ? part : RequestJson.requiredObject(part, "image_url", path);
        String urlPath = plain ? path : path + ".image_url";
        String url = RequestJson.requiredText(object, plain ? "image_url" : "url", urlPath);
        String detail = plain ? null : RequestJson.text(object, "detail", urlPath);
        if (!plain) {
            ChatWords.IMAGE_URL.keepOthers(object, urlPath, extras);
        }
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

    private Part audio(JsonNode part, String path) {
        ChatWords.AUDIO.keepOthers(part, path, extras);
        JsonNode audio = RequestJson.requiredObject(part, "input_audio", path);
        ChatWords.INPUT_AUDIO.keepOthers(audio, path + ".input_audio", extras);
        return new Part.Audio(
                RequestJson.requiredText(audio, "format", path + ".input_audio"),
                RequestJson.requiredText(audio, "data", path + ".input_audio"));
    }

    private Part file(JsonNode file, String path, @Nullable CacheMark mark) {
        ChatWords.FILE.keepOthers(file, path, extras);
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
