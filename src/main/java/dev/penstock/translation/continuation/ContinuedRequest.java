// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.continuation;

import dev.penstock.conversation.Conversation;
import dev.penstock.conversation.Message;
import dev.penstock.conversation.Part;
import dev.penstock.conversation.Prefill;
import dev.penstock.conversation.Reasoning;
import dev.penstock.conversation.Sampling;
import dev.penstock.conversation.ToolChoice;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a provider is asked that shall go on with an answer: the client's conversation, and behind it the text that the client has.
 *
 * @param conversation with the text so far; the limit of the answer is smaller by what that took
 * @param way how the provider learns that it shall go on
 */
public record ContinuedRequest(Conversation conversation, Way way) {

    /** How a provider learns that it shall go on. */
    public enum Way {
        /** Not at all: there is no text yet. */
        ANEW,
        /** The text is the last message of the assistant, and the provider is known to go on behind it. */
        PREFILL,
        /** The same, and the provider is known to repeat it first. */
        PREFIX,
        /** The user asks for it, behind the text. */
        WORDS;

        private final String label = name().toLowerCase(Locale.ROOT);

        public String label() {
            return label;
        }
    }

    /** Said in English to every model; each understands it, and is told to keep to the language of its answer. */
    static final String GO_ON =
            "Your answer above was cut off by a technical fault. Continue it from exactly the character at which it stops, in the "
                    + "same language and form. Repeat nothing of it, and write no remark before or after.";

    /** Members of OpenAI's and Anthropic's requests after which an answer may hold what only passes through. */
    private static final Set<String> NOT_ONLY_TEXT = Set.of(
            "modalities",
            "audio",
            "web_search_options",
            "mcp_servers",
            "container",
            "context_management",
            "tool_choice");

    /**
     * What in a request keeps its answer from being continued, whatever it will be; null when nothing does. Such a request has no use for
     * the machine that can continue, and passes through where it can.
     */
    public static @Nullable Obstacle obstacle(Conversation asked) {
        Sampling sampling = asked.sampling();
        ToolChoice.Kind choice = asked.toolChoice().kind();
        if (asked.format() != null) {
            return Obstacle.STRUCTURED_OUTPUT;
        }
        if (choice == ToolChoice.Kind.REQUIRED || choice == ToolChoice.Kind.NAMED) {
            return Obstacle.FORCED_TOOL;
        }
        if (sampling.n() != null && sampling.n() > 1) {
            return Obstacle.SEVERAL_ANSWERS;
        }
        if (Boolean.TRUE.equals(sampling.logprobs())
                || (sampling.topLogprobs() != null && sampling.topLogprobs() > 0)) {
            return Obstacle.LOGPROBS;
        }
        return asked.extras().keySet().stream().anyMatch(ContinuedRequest::isNotOnlyText)
                ? Obstacle.NOT_ONLY_TEXT
                : null;
    }

    /** Tools that a provider runs itself are kept under their path, {@code tools[1]}. */
    private static boolean isNotOnlyText(String extra) {
        boolean hostedTool = extra.startsWith("tools[") && extra.endsWith("]");
        return hostedTool || NOT_ONLY_TEXT.contains(extra);
    }

    /**
     * The request for the rest, or null when the client's limit leaves no room for one.
     *
     * @param asked what the client wants, with everything in it
     * @param prefill what the next provider makes of a last message of the assistant
     */
    public static @Nullable ContinuedRequest of(Conversation asked, Continuation.Possible so, Prefill prefill) {
        Long limit = asked.sampling().maxTokens();
        Long rest = limit == null ? null : Long.valueOf(limit - so.outputTokens());
        if (rest != null && rest < 1) {
            return null;
        }
        // White space at the end of a prefill is refused by some and cut off by the templates of others.
        String prefilled = so.text().stripTrailing();
        if (prefilled.isEmpty()) {
            return new ContinuedRequest(with(asked, asked.messages(), asked.reasoning(), rest), Way.ANEW);
        }
        List<Message> messages = new ArrayList<>(asked.messages());
        return switch (prefill) {
            case CONTINUED, REPEATED -> {
                say(messages, prefilled);
                // The turn has begun with text: it is too late to think, and Anthropic refuses the two together.
                Reasoning reasoning = refusesToThink(asked.reasoning()) ? asked.reasoning() : null;
                Way way = prefill == Prefill.CONTINUED ? Way.PREFILL : Way.PREFIX;
                yield new ContinuedRequest(with(asked, messages, reasoning, rest), way);
            }
            case UNKNOWN -> {
                say(messages, so.text());
                messages.add(new Message(Message.Role.USER, List.of(new Part.Text(GO_ON))));
                yield new ContinuedRequest(with(asked, messages, asked.reasoning(), rest), Way.WORDS);
            }
        };
    }

    private static boolean refusesToThink(@Nullable Reasoning wish) {
        return wish != null && "none".equals(wish.effort());
    }

    /** Adds to the words of the assistant. A client may have begun the answer itself: then its beginning and the text are one. */
    private static void say(List<Message> messages, String text) {
        Message last = messages.isEmpty() ? null : messages.getLast();
        boolean begun = last != null
                && last.role() == Message.Role.ASSISTANT
                && !last.parts().isEmpty()
                && last.parts().getLast() instanceof Part.Text;
        if (last == null || !begun) {
            messages.add(new Message(Message.Role.ASSISTANT, List.of(new Part.Text(text))));
            return;
        }
        List<Part> parts = new ArrayList<>(last.parts());
        Part.Text beginning = (Part.Text) parts.removeLast();
        parts.add(new Part.Text(beginning.text() + text, beginning.cache()));
        messages.set(messages.size() - 1, new Message(Message.Role.ASSISTANT, parts, last.places()));
    }

    private static Conversation with(
            Conversation asked, List<Message> messages, @Nullable Reasoning reasoning, @Nullable Long maxTokens) {
        Sampling sampling = asked.sampling();
        return new Conversation(
                asked.model(),
                asked.stream(),
                messages,
                asked.tools(),
                asked.toolChoice(),
                asked.parallelTools(),
                new Sampling(
                        maxTokens,
                        sampling.temperature(),
                        sampling.topP(),
                        sampling.topK(),
                        sampling.stop(),
                        sampling.n(),
                        sampling.seed(),
                        sampling.presencePenalty(),
                        sampling.frequencyPenalty(),
                        sampling.logprobs(),
                        sampling.topLogprobs(),
                        sampling.logitBias()),
                asked.format(),
                reasoning,
                asked.user(),
                asked.extras());
    }
}
