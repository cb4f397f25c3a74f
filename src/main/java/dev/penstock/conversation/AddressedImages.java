// SPDX-License-Identifier: Apache-2.0
package dev.penstock.conversation;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The images of a conversation that are given by their address: finding them, and putting bytes in the place of addresses. */
public final class AddressedImages {

    /**
     * One of them.
     *
     * @param path of the address in the client's request, for error messages
     * @param url as the client wrote it
     */
    public record Addressed(String path, String url) {}

    /**
     * What stood at an address.
     *
     * @param mediaType such as {@code image/png}
     */
    public record Content(String mediaType, String base64) {}

    private AddressedImages() {}

    /** In the order of the conversation; an address that is given twice is found twice. */
    public static List<Addressed> in(Conversation conversation) {
        List<Addressed> found = new ArrayList<>(0);
        List<Message> messages = conversation.messages();
        for (int i = 0; i < messages.size(); i++) {
            Message message = messages.get(i);
            for (int j = 0; j < message.parts().size(); j++) {
                find(message.parts().get(j), message.place(i, j), found);
            }
        }
        return found;
    }

    private static void find(Part part, Place place, List<Addressed> into) {
        switch (part) {
            case Part.Image image -> {
                String url = addressOf(image);
                if (url != null) {
                    into.add(new Addressed(place.image(), url));
                }
            }
            case Part.ToolResult result -> {
                for (int k = 0; k < result.content().size(); k++) {
                    find(result.content().get(k), place.inner(k), into);
                }
            }
            default -> {}
        }
    }

    private static @Nullable String addressOf(Part.Image image) {
        return image.base64() == null ? image.url() : null;
    }

    /** The same conversation with bytes where there was an address; an address without an entry stays one. */
    public static Conversation filled(Conversation conversation, Map<String, Content> byUrl) {
        return new Conversation(
                conversation.model(),
                conversation.stream(),
                conversation.messages().stream()
                        .map(message -> new Message(message.role(), filled(message.parts(), byUrl), message.places()))
                        .toList(),
                conversation.tools(),
                conversation.toolChoice(),
                conversation.parallelTools(),
                conversation.sampling(),
                conversation.format(),
                conversation.reasoning(),
                conversation.user(),
                conversation.extras());
    }

    private static List<Part> filled(List<Part> parts, Map<String, Content> byUrl) {
        List<Part> filled = new ArrayList<>(parts.size());
        for (Part part : parts) {
            filled.add(
                    switch (part) {
                        case Part.Image image -> filled(image, byUrl);
                        case Part.ToolResult result ->
                            new Part.ToolResult(
                                    result.callId(),
                                    result.name(),
                                    filled(result.content(), byUrl),
                                    result.error(),
                                    result.cache());
                        default -> part;
                    });
        }
        return filled;
    }

    private static Part.Image filled(Part.Image image, Map<String, Content> byUrl) {
        String url = addressOf(image);
        Content content = url == null ? null : byUrl.get(url);
        return content == null
                ? image
                : new Part.Image(content.mediaType(), content.base64(), null, image.detail(), image.cache());
    }
}
