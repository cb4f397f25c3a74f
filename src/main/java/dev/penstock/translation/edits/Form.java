// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.edits;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.translation.edits.Turn.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** How a schema says what can be left out of it. Without state. */
abstract sealed class Form permits ChatForm, MessagesForm, ResponsesForm {

    private static final Set<String> OF_PLAIN_USER = Set.of("type", "role", "content");

    /** The member that holds the conversation. */
    abstract String conversation();

    /** Members that are about tools and nothing else. */
    abstract Set<String> tools();

    abstract Kind kind(JsonNode turn);

    /** Whether elements of the assistant that follow each other are one message. */
    boolean isOneMessage() {
        return false;
    }

    /** Leaves out what is about tools in members that are about other things, too. */
    void dropToolTraces(Members members) {}

    abstract void dropStructuredOutput(Members members);

    /** Lowers the limit of the answer; never raises it. */
    abstract void limit(Members members, int maxTokens);

    /**
     * Leaves out calls and tells results as words of the user.
     *
     * @return none of them is a call or a result; the same elements when none was
     */
    final List<Turn> withoutTools(List<Turn> turns) {
        ToolTalk talk = new ToolTalk();
        List<Turn> told = new ArrayList<>();
        for (int i = 0; i < turns.size(); i++) {
            tell(turns, i, talk, told);
        }
        boolean empty = told.stream().allMatch(turn -> turn.kind(this) == Kind.INSTRUCTION);
        String unanswered = talk.unanswered();
        if (empty && !unanswered.isEmpty()) {
            // Nothing else was said, and no provider takes nothing.
            told.add(new Turn(user(unanswered, List.of()), turns.size() - 1, true));
        }
        return joined(told);
    }

    /** Adds what becomes of one of the turns: itself, another, or nothing. */
    abstract void tell(List<Turn> turns, int index, ToolTalk talk, List<Turn> told);

    /** The type of a part with text in a message of the user. */
    abstract String textType();

    /** A message of the user. */
    final ObjectNode user(String text, List<JsonNode> more) {
        ObjectNode message = Json.object().put("role", "user");
        if (more.isEmpty()) {
            message.put("content", text);
        } else {
            ArrayNode content = message.putArray("content").add(textPart(text));
            more.forEach(content::add);
        }
        return message;
    }

    final ObjectNode textPart(String text) {
        return Json.object().put("type", textType()).put("text", text);
    }

    /** Messages of the user that stand side by side only now become one: some providers want the roles to take turns. */
    private List<Turn> joined(List<Turn> turns) {
        List<Turn> joined = new ArrayList<>();
        for (Turn turn : turns) {
            Turn before = joined.isEmpty() ? null : joined.getLast();
            if (before != null && isNew(before, turn) && isPlainUser(before) && isPlainUser(turn)) {
                joined.removeLast();
                // Its place is the later one's: what follows that is beside it as it was before.
                joined.add(new Turn(together(before.node(), turn.node()), turn.at(), true));
            } else {
                joined.add(turn);
            }
        }
        return joined;
    }

    private static boolean isNew(Turn before, Turn turn) {
        return before.changed() || turn.changed() || turn.at() != before.at() + 1;
    }

    /** One that says nothing but its content, so that nothing is lost with its edges. */
    private boolean isPlainUser(Turn turn) {
        boolean plain = turn.kind(this) == Kind.USER
                && (turn.node().path("content").isTextual()
                        || turn.node().path("content").isArray());
        for (var names = turn.node().fieldNames(); plain && names.hasNext(); ) {
            plain = OF_PLAIN_USER.contains(names.next());
        }
        return plain;
    }

    private ObjectNode together(JsonNode first, JsonNode second) {
        ObjectNode both = first.deepCopy();
        JsonNode one = first.path("content");
        JsonNode other = second.path("content");
        if (one.isTextual() && other.isTextual()) {
            return both.put("content", one.textValue() + "\n\n" + other.textValue());
        }
        ArrayNode content = both.putArray("content");
        parts(one, content);
        parts(other, content);
        return both;
    }

    private void parts(JsonNode content, ArrayNode into) {
        if (content.isTextual()) {
            into.add(textPart(content.textValue()));
        } else {
            content.forEach(into::add);
        }
    }

    /** Whether a wish is above the limit, in whatever spelling of numbers. */
    static boolean isAbove(JsonNode wish, int maxTokens) {
        return wish.isNumber() && wish.doubleValue() > maxTokens;
    }
}
