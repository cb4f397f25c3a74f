// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.roundtrip;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.conversation.AnswerInfo;
import dev.penstock.conversation.Conversation;
import dev.penstock.conversation.Losses;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.sse.EventReader;
import dev.penstock.sse.Framer;
import dev.penstock.sse.TranslatingReader;
import dev.penstock.translation.Translation;
import dev.penstock.translation.TranslationTable;
import dev.penstock.translation.roundtrip.Turn.Ask;
import dev.penstock.translation.roundtrip.Turn.Picture;
import dev.penstock.translation.roundtrip.Turn.Piece;
import dev.penstock.translation.roundtrip.Turn.Reply;
import dev.penstock.translation.roundtrip.Turn.Thought;
import dev.penstock.translation.roundtrip.Turn.Who;
import dev.penstock.translation.roundtrip.Turn.Words;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Whole conversations there and back, between every client's schema and every provider's: a request, an answer, the next request made of
 * that answer as a client of that schema makes it, and once more. What the provider said comes back to it unchanged: words, calls
 * under its own ids, arguments, what seals its reasoning; so do the results, in order. Conversations come from a seed, which a
 * failure names.
 */
final class ConversationRoundTripTest {

    private static final int SEEDS = 60;
    private static final int ROUNDS = 2;
    private static final List<ApiSchema> CLIENTS =
            List.of(ApiSchema.OPENAI_CHAT, ApiSchema.ANTHROPIC_MESSAGES, ApiSchema.OPENAI_RESPONSES);

    @TestFactory
    Stream<DynamicTest> whatAProviderSaidComesBackToItUnchanged() {
        return CLIENTS.stream()
                .flatMap(client -> ProviderVoice.all().stream().flatMap(provider -> Stream.of(true, false)
                        .map(stream -> DynamicTest.dynamicTest(
                                client + " to " + provider + (stream ? ", streamed" : ", whole"),
                                () -> converse(client, provider, stream)))));
    }

    private static void converse(ApiSchema client, ProviderVoice provider, boolean stream) {
        for (long seed = 1; seed <= SEEDS; seed++) {
            try {
                new Exchange(client, provider, stream, seed).run();
            } catch (AssertionError | RuntimeException wrong) {
                // Reports name dynamic tests by number only.
                throw new AssertionError(
                        "seed " + seed + ", " + client + " to " + provider + (stream ? ", streamed: " : ", whole: ")
                                + wrong.getMessage(),
                        wrong);
            }
        }
    }

    /** One conversation. */
    private static final class Exchange {
        private final ProviderVoice provider;
        private final ApiSchema clientSchema;
        private final boolean stream;
        private final Talk talk;
        private final ClientVoice client;
        private final Translation translation;
        /** What must stand at the provider. */
        private final List<Turn> said = new ArrayList<>();
        /** What the provider itself said of it. */
        private final List<Turn> answers = new ArrayList<>();

        Exchange(ApiSchema clientSchema, ProviderVoice provider, boolean stream, long seed) {
            this.clientSchema = clientSchema;
            this.provider = provider;
            this.stream = stream;
            this.talk = new Talk(seed * 31 + clientSchema.ordinal());
            this.client = ClientVoice.of(clientSchema);
            this.translation = TranslationTable.between(clientSchema, provider.schema, 4096);
        }

        void run() {
            for (Turn turn : talk.beginning()) {
                client.say(turn);
                said.add(turn);
            }
            for (int round = 0; round < ROUNDS; round++) {
                Conversation conversation = ask();
                Turn answer = provider.answer(talk);
                Turn heard = client.hear(answered(answer, conversation, round), stream);
                compareAnswer(heard, answer);
                said.add(answer);
                answers.add(answer);
                List<Piece> next = talk.next(heard.all(Ask.class));
                client.say(new Turn(Who.USER, next));
                said.add(new Turn(Who.USER, inTheProvidersWords(next, heard, answer)));
            }
            Conversation unused = ask();
        }

        private Conversation ask() {
            JsonNode wanted = client.request(stream);
            Conversation conversation = TranslationTable.reader(clientSchema).read(Wire.bytes(wanted));
            Losses losses = new Losses();
            JsonNode request = Wire.read(translation.request(conversation, provider.model, losses));
            compareRequest(request);
            assertThat(request.toString()).contains("777");
            for (String field : client.rareFields()) {
                boolean kept = wanted.path(field).equals(request.path(field));
                assertThat(kept ^ losses.fields().contains(field))
                        .as(field + " is kept or told, lost " + losses.fields())
                        .isTrue();
            }
            assertThat(losses.fields().stream().filter(field -> field.endsWith(".x_tool")))
                    .as("told of each tool, lost " + losses.fields())
                    .hasSize(Talk.tools().size());
            for (int i = 0; i < Talk.tools().size(); i++) {
                assertThat(provider.schemaOfTool(request, i).toString())
                        .isEqualTo(Talk.tools().get(i).path("schema").toString());
            }
            return conversation;
        }

        private byte[] answered(Turn answer, Conversation conversation, int round) {
            AnswerInfo info = new AnswerInfo("alias", "ex" + round, 1, true, conversation);
            if (!stream) {
                return translation.answer(provider.whole(answer), info).body();
            }
            byte[] events = provider.stream(answer, talk.random);
            TranslatingReader reader = translation.stream(info);
            Framer framer = translation.framer();
            ByteArrayOutputStream heard = new ByteArrayOutputStream();
            int from = 0;
            int end;
            while ((end = framer.nextEventEnd(events, from, events.length)) >= 0) {
                int flags = reader.read(events, from, end);
                assertThat(flags & (EventReader.MALFORMED | EventReader.ERROR)).isZero();
                heard.writeBytes(reader.take());
                from = end;
            }
            assertThat(reader.complete()).isTrue();
            reader.finish();
            heard.writeBytes(reader.take());
            assertThat(reader.usage()).isNotNull();
            return heard.toByteArray();
        }

        /** Results go by the provider's ids there. */
        private List<Piece> inTheProvidersWords(List<Piece> next, Turn heard, Turn answer) {
            Map<String, String> ids = new HashMap<>();
            List<Ask> theirs = answer.all(Ask.class);
            List<Ask> ours = heard.all(Ask.class);
            for (int i = 0; i < ours.size(); i++) {
                ids.put(ours.get(i).id(), theirs.get(i).id());
            }
            assertThat(ids).as("ids differ from each other").hasSize(theirs.size());
            return next.stream()
                    .map(piece -> piece instanceof Reply reply
                            ? new Reply(ids.get(reply.id()), reply.text(), reply.failed())
                            : piece)
                    .toList();
        }

        // -------------------------------------------------------------- what must be the same

        private void compareAnswer(Turn heard, Turn answer) {
            assertThat(heard.words()).as("the answer's words").isEqualTo(answer.words());
            assertThat(calls(heard)).as("the answer's calls").isEqualTo(calls(answer));
            StringBuilder thoughts = new StringBuilder();
            heard.all(Thought.class).forEach(thought -> thoughts.append(thought.text()));
            StringBuilder expected = new StringBuilder();
            answer.all(Thought.class).forEach(thought -> expected.append(thought.text()));
            assertThat(thoughts.toString().replace("\n\n", ""))
                    .as("the answer's reasoning")
                    .isEqualTo(expected.toString().replace("\n\n", ""));
        }

        private static List<String> calls(Turn turn) {
            return turn.all(Ask.class).stream()
                    .map(ask -> ask.name() + " " + ask.arguments())
                    .toList();
        }

        private void compareRequest(JsonNode request) {
            List<Turn> got = provider.read(request);
            assertThat(lines(got)).as("what stands at the provider").isEqualTo(lines(said));
            if (provider.knowsIds()) {
                List<String> own = ids(answers);
                List<String> there = ids(got);
                assertThat(there.subList(there.size() - own.size(), there.size()))
                        .as("ids of calls")
                        .isEqualTo(own);
            }
            if (clientSchema != ApiSchema.OPENAI_CHAT && keepsOrder()) {
                assertThat(shapes(got)).as("order of blocks").isEqualTo(shapes(said));
            }
        }

        private boolean keepsOrder() {
            return provider.schema == ApiSchema.ANTHROPIC_MESSAGES
                    || provider.schema == ApiSchema.BEDROCK_CONVERSE
                    || provider.schema == ApiSchema.OPENAI_RESPONSES;
        }

        private static List<String> ids(List<Turn> turns) {
            return turns.stream()
                    .flatMap(turn -> turn.all(Ask.class).stream())
                    .map(Ask::id)
                    .toList();
        }

        private static List<String> shapes(List<Turn> turns) {
            return turns.stream()
                    .filter(turn -> turn.who() == Who.MODEL)
                    .map(turn -> {
                        StringBuilder shape = new StringBuilder();
                        turn.pieces()
                                .forEach(piece -> shape.append(
                                        piece.getClass().getSimpleName().charAt(0)));
                        return shape.toString();
                    })
                    .toList();
        }

        /** One line for each thing said; calls are numbered, and results name the number. */
        private List<String> lines(List<Turn> turns) {
            List<String> lines = new ArrayList<>();
            Map<String, Integer> numbers = new HashMap<>();
            for (Turn turn : turns) {
                switch (turn.who()) {
                    case SYSTEM -> lines.add("system " + turn.words());
                    case USER -> user(turn, numbers, lines);
                    case MODEL -> {
                        turn.all(Thought.class).forEach(thought -> thought(thought, lines));
                        if (!turn.words().isEmpty()) {
                            lines.add("model " + turn.words());
                        }
                        for (Ask ask : turn.all(Ask.class)) {
                            numbers.put(ask.id(), lines.size());
                            lines.add("call " + ask.name() + " " + ask.arguments() + seal(ask));
                        }
                    }
                }
            }
            return lines;
        }

        private void user(Turn turn, Map<String, Integer> numbers, List<String> lines) {
            List<String> results = new ArrayList<>();
            for (Reply reply : turn.all(Reply.class)) {
                results.add("result of line " + numbers.get(reply.id()) + " " + reply.text()
                        + (reply.failed() && tellsFailures() ? " failed" : ""));
            }
            if (provider.schema == ApiSchema.GEMINI_GENERATE_CONTENT) {
                results.sort(null);
            }
            lines.addAll(results);
            if (provider.schema == ApiSchema.OLLAMA_CHAT) {
                // One text with a line for each piece, pictures beside it, and no word for what kind they are.
                List<String> words =
                        turn.all(Words.class).stream().map(Words::text).toList();
                if (!words.isEmpty()) {
                    lines.add("user " + String.join("\n", words));
                }
                turn.all(Picture.class).forEach(picture -> lines.add("picture " + picture.base64()));
                return;
            }
            for (Piece piece : turn.pieces()) {
                if (piece instanceof Words words) {
                    lines.add("user " + words.text());
                } else if (piece instanceof Picture picture) {
                    lines.add("picture " + picture.mediaType() + " " + picture.base64());
                }
            }
        }

        private boolean tellsFailures() {
            return clientSchema == ApiSchema.ANTHROPIC_MESSAGES
                    && provider.schema != ApiSchema.OPENAI_CHAT
                    && provider.schema != ApiSchema.OLLAMA_CHAT
                    && provider.schema != ApiSchema.OPENAI_RESPONSES;
        }

        /** What the provider wants back: sealed thoughts, or at DeepSeek and Ollama all of them. */
        private void thought(Thought thought, List<String> lines) {
            if (thought.seal() == null) {
                if (provider.schema == ApiSchema.OPENAI_CHAT || provider.schema == ApiSchema.OLLAMA_CHAT) {
                    lines.add("thought " + thought.text());
                }
            } else if (provider.schema == ApiSchema.GEMINI_GENERATE_CONTENT) {
                lines.add("sealed " + thought.seal());
            } else {
                lines.add("thought " + thought.text() + " sealed " + thought.seal() + " in " + thought.id());
            }
        }

        /** On calls that no Gemini made stands the word for it. */
        private static String seal(Ask ask) {
            return ask.seal() == null || ask.seal().equals("skip_thought_signature_validator")
                    ? ""
                    : " sealed " + ask.seal();
        }
    }
}
