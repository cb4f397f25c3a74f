// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.roundtrip;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.conversation.Conversation;
import dev.penstock.conversation.Message;
import dev.penstock.conversation.Message.Role;
import dev.penstock.conversation.Part;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.TargetEdits;
import dev.penstock.translation.TranslationTable;
import dev.penstock.translation.edits.EditedRequest;
import dev.penstock.translation.roundtrip.Turn.Reply;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever was said and whatever a target leaves out: what remains is a request that every provider would take. */
final class EditedConversationsTest {

    private static final int SEEDS = 400;

    @ParameterizedTest
    @EnumSource(
            value = ApiSchema.class,
            names = {"OPENAI_CHAT", "ANTHROPIC_MESSAGES", "OPENAI_RESPONSES"})
    void whatRemainsIsAConversation(ApiSchema schema) {
        for (long seed = 0; seed < SEEDS; seed++) {
            Talk talk = new Talk(seed);
            List<Turn> turns = talk.beginning();
            ClientVoice voice = ClientVoice.of(schema);
            turns.forEach(voice::say);
            ObjectNode request = voice.request(false);
            TargetEdits edits = new TargetEdits(
                    talk.chance(30) ? Map.of("temperature", 0.5) : Map.of(),
                    talk.chance(60),
                    talk.chance(50),
                    talk.chance(50) ? 50 : 0,
                    talk.chance(60) ? 1 + talk.random.nextInt(6) : 0);

            byte[] edited = EditedRequest.of(schema, Wire.bytes(request), edits);

            String what = schema + " seed " + seed + " " + edits;
            check(
                    what,
                    turns,
                    request,
                    edited,
                    edits,
                    TranslationTable.reader(schema).read(edited));
            assertThat(EditedRequest.of(schema, edited, edits)).as(what).isEqualTo(edited);
        }
    }

    private static void check(
            String what, List<Turn> turns, JsonNode request, byte[] edited, TargetEdits edits, Conversation remaining) {
        List<Message> said = remaining.messages().stream()
                .filter(message -> message.role() != Role.SYSTEM)
                .toList();
        JsonNode tree = Wire.read(edited);
        assertThat(said.getFirst().role()).as(what).isEqualTo(Role.USER);
        assertThat(instructions(remaining)).as(what).isEqualTo(instructions(turns));
        assertThat(tree.path("x_unknown")).as(what).isEqualTo(request.path("x_unknown"));
        assertThat(orphans(said)).as(what).isEmpty();
        assertThat(remaining.sampling().maxTokens()).as(what).isEqualTo(edits.maxTokens() > 0 ? 50L : 777L);
        if (edits.dropTools()) {
            assertThat(remaining.tools()).as(what).isEmpty();
            assertThat(parts(said).filter(EditedConversationsTest::isToolTalk))
                    .as(what)
                    .isEmpty();
            for (int i = 1; i < said.size(); i++) {
                assertThat(said.get(i).role())
                        .as(what)
                        .isNotEqualTo(said.get(i - 1).role());
            }
        } else {
            assertThat(tree.path("tools")).as(what).isEqualTo(request.path("tools"));
        }
        if (edits.history() == 0) {
            String all = texts(tree);
            turns.forEach(turn -> turn.all(Reply.class)
                    .forEach(reply -> assertThat(all).as(what).contains(reply.text())));
        }
    }

    private static long instructions(Conversation conversation) {
        return conversation.messages().stream()
                .filter(message -> message.role() == Role.SYSTEM)
                .count();
    }

    private static long instructions(List<Turn> turns) {
        return turns.stream().filter(turn -> turn.who() == Turn.Who.SYSTEM).count();
    }

    private static boolean isToolTalk(Part part) {
        return part instanceof Part.ToolCall || part instanceof Part.ToolResult;
    }

    private static Stream<Part> parts(List<Message> messages) {
        return messages.stream().flatMap(message -> message.parts().stream());
    }

    /** Calls without a result and results without a call before them. */
    private static Set<String> orphans(List<Message> messages) {
        Set<String> open = new HashSet<>();
        Set<String> orphans = new HashSet<>();
        parts(messages).forEach(part -> {
            if (part instanceof Part.ToolCall call) {
                open.add(call.id());
            } else if (part instanceof Part.ToolResult result && !open.remove(result.callId())) {
                orphans.add(result.callId());
            }
        });
        orphans.addAll(open);
        return orphans;
    }

    private static String texts(JsonNode tree) {
        StringBuilder all = new StringBuilder(tree.isTextual() ? tree.textValue() : "");
        tree.forEach(inner -> all.append(texts(inner)).append('\n'));
        return all.toString();
    }
}
