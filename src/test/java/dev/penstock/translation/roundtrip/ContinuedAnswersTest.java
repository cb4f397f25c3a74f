// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.roundtrip;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.conversation.AnswerInfo;
import dev.penstock.conversation.Conversation;
import dev.penstock.conversation.Losses;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.ByteSource;
import dev.penstock.exchange.ChatDialect;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.StreamPolicy;
import dev.penstock.kit.SseEvents;
import dev.penstock.kit.time.ManualTime;
import dev.penstock.sse.Framer;
import dev.penstock.sse.TranslatingReader;
import dev.penstock.streaming.Downstream;
import dev.penstock.streaming.OutputCap;
import dev.penstock.streaming.StreamMeter;
import dev.penstock.streaming.StreamPipe;
import dev.penstock.streaming.StreamResult;
import dev.penstock.streaming.Watch;
import dev.penstock.translation.ContinuedAnswer;
import dev.penstock.translation.Translation;
import dev.penstock.translation.TranslationTable;
import dev.penstock.translation.continuation.Continuation;
import dev.penstock.translation.continuation.Continuation.Impossible;
import dev.penstock.translation.continuation.Continuation.Possible;
import dev.penstock.translation.continuation.ContinuedRequest;
import dev.penstock.translation.continuation.ContinuedRequest.Way;
import dev.penstock.translation.continuation.Obstacle;
import dev.penstock.translation.roundtrip.Turn.Ask;
import dev.penstock.translation.roundtrip.Turn.Piece;
import dev.penstock.translation.roundtrip.Turn.Thought;
import dev.penstock.translation.roundtrip.Turn.Who;
import dev.penstock.translation.roundtrip.Turn.Words;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Answers that break off, between every client's schema and every provider's, through the real pipe and without a socket. The answer of
 * a provider is a pure function of what it is asked: the same words for the same conversation, and the rest of them behind a beginning.
 * So whatever the cuts, and whoever goes on, the client must hear exactly those words, in one well-formed answer, or the schema's error
 * event where an answer must not go on. Everything comes from a seed, which a failure names.
 */
final class ContinuedAnswersTest {

    private static final int SEEDS = 30;
    private static final int MOST_ATTEMPTS = 12;
    private static final List<ApiSchema> CLIENTS =
            List.of(ApiSchema.OPENAI_CHAT, ApiSchema.ANTHROPIC_MESSAGES, ApiSchema.OPENAI_RESPONSES);

    /** How a provider goes on. */
    private enum Manner {
        /** It answers what was said last; a beginning of its answer is refused or ignored. */
        IN_WORDS,
        BEHIND,
        REPEATING
    }

    private record Provider(ProviderVoice voice, ChatDialect dialect, Manner manner) {

        static List<Provider> all() {
            List<Provider> all = new ArrayList<>();
            for (ProviderVoice voice : ProviderVoice.all()) {
                boolean continues = voice.schema == ApiSchema.ANTHROPIC_MESSAGES
                        || voice.schema == ApiSchema.BEDROCK_CONVERSE
                        || voice.schema == ApiSchema.OLLAMA_CHAT;
                all.add(new Provider(voice, ChatDialect.UNKNOWN, continues ? Manner.BEHIND : Manner.IN_WORDS));
            }
            all.add(new Provider(new MessagesProvider("claude-opus-4-6"), ChatDialect.UNKNOWN, Manner.IN_WORDS));
            all.add(new Provider(
                    new ConverseProvider("eu.anthropic.claude-opus-4-6-v1"), ChatDialect.UNKNOWN, Manner.IN_WORDS));
            all.add(new Provider(chat("mistral-large-latest"), ChatDialect.MISTRAL, Manner.REPEATING));
            all.add(new Provider(chat("qwen3"), ChatDialect.VLLM, Manner.BEHIND));
            return all;
        }

        private static ProviderVoice chat(String model) {
            return new ChatProvider(model, ChatProvider.Thinks.NEVER);
        }

        Translation to(ApiSchema client) {
            return TranslationTable.between(client, voice.schema, 4096, dialect, true);
        }

        @Override
        public String toString() {
            return voice + " " + dialect.label();
        }
    }

    @TestFactory
    Stream<DynamicTest> theClientHearsTheUncutAnswerWhereverItBreaksOff() {
        return pairs((client, provider) -> {
            for (long seed = 1; seed <= SEEDS; seed++) {
                new Exchange(client, provider, seed).run(Cut.ANYWHERE, -1);
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> theClientHearsTheUncutAnswerAfterACutBehindEachEvent() {
        return pairs((client, provider) -> {
            for (int cut = 0; new Exchange(client, provider, 7).run(Cut.BEHIND_AN_EVENT, cut); cut++) {}
        });
    }

    private interface Pair {
        void check(ApiSchema client, Provider provider);
    }

    private static Stream<DynamicTest> pairs(Pair pair) {
        return CLIENTS.stream().flatMap(client -> Provider.all().stream()
                .map(provider ->
                        DynamicTest.dynamicTest(client + " to " + provider, () -> pair.check(client, provider))));
    }

    private enum Cut {
        ANYWHERE,
        BEHIND_AN_EVENT
    }

    /** One answer. */
    private static final class Exchange {
        private final ApiSchema clientSchema;
        private final Provider first;
        private final String name;
        private final Talk talk;
        private final Random random;
        private final ClientVoice client;
        private final Conversation asked;
        private final AnswerInfo info;
        private final Turn whole;
        private final Client heard = new Client();
        private final ManualTime time = new ManualTime();

        private ContinuedAnswer answer;
        private @Nullable TranslatingReader reader;
        private int contributions;
        private int seams;

        Exchange(ApiSchema clientSchema, Provider first, long seed) {
            this.clientSchema = clientSchema;
            this.first = first;
            this.name = "seed " + seed + ", " + clientSchema + " to " + first;
            this.talk = new Talk(seed * 131 + clientSchema.ordinal());
            this.random = talk.random;
            this.client = ClientVoice.of(clientSchema);
            talk.beginning().forEach(client::say);
            this.asked = TranslationTable.reader(clientSchema).read(Wire.bytes(client.request(true)));
            this.info = new AnswerInfo("alias", "ex", 1, true, asked);
            this.whole = answer(talk);
            this.answer = TranslationTable.continued(clientSchema, info);
            assertThat(ContinuedRequest.obstacle(asked)).as(name).isNull();
        }

        /** Words in several paragraphs, in one answer of three with calls behind them. */
        private static Turn answer(Talk talk) {
            StringBuilder words = new StringBuilder(talk.words());
            for (int i = talk.random.nextInt(5); i >= 0; i--) {
                words.append(talk.chance(50) ? "\n\n" : " \n ").append(talk.words());
            }
            List<Piece> pieces = new ArrayList<>();
            pieces.add(new Words(words.toString()));
            if (talk.chance(33)) {
                pieces.addAll(ProviderVoice.asks(talk, "call_", 2));
            }
            return new Turn(Who.MODEL, pieces);
        }

        /**
         * Plays it to its end.
         *
         * @param which event the first attempt breaks off behind, with {@link Cut#BEHIND_AN_EVENT}
         * @return false when the first attempt has fewer events
         */
        boolean run(Cut cut, int which) {
            Provider provider = first;
            Translation way = provider.to(clientSchema);
            byte[] bytes = provider.voice.stream(thinking(provider, whole), random);
            int at = cut == Cut.ANYWHERE ? random.nextInt(bytes.length + 1) : behind(way.framer(), bytes, which);
            if (at < 0) {
                return false;
            }
            TranslatingReader reads = answer.begin(way, provider.toString());
            StreamResult result = attempt(way, reads, bytes, at, false);
            for (int attempts = 1; result.failure() != null; attempts++) {
                assertThat(attempts).as(name).isLessThan(MOST_ATTEMPTS);
                provider = Provider.all().get(random.nextInt(Provider.all().size()));
                way = provider.to(clientSchema);
                if (!heard.committed) {
                    // Ordinary fallback: nobody has heard of the attempt.
                    assertThat(heard.bytes.size()).as(name).isZero();
                    answer = TranslationTable.continued(clientSchema, info);
                    bytes = provider.voice.stream(thinking(provider, whole), random);
                    reads = answer.begin(way, provider.toString());
                    result = attempt(way, reads, bytes, cutOf(bytes), false);
                    continue;
                }
                GatewayError failure = result.failure();
                Continuation verdict = answer.onCut(failure);
                if (verdict instanceof Impossible impossible) {
                    endsInError(failure, impossible.obstacle());
                    return true;
                }
                result = goOn(provider, way, (Possible) verdict, failure);
            }
            endsWell();
            return true;
        }

        private StreamResult goOn(Provider provider, Translation way, Possible so, GatewayError failure) {
            assertThat(so.text()).as(name + ": what the client has").isEqualTo(text(events()));
            ContinuedRequest request = ContinuedRequest.of(asked, so, way.prefill(provider.voice.model));
            assertThat(request).as(name).isNotNull();
            byte[] written = way.request(request.conversation(), provider.voice.model, new Losses());
            Turn rest = rest(provider, Wire.read(written), so.text());
            byte[] bytes = provider.voice.stream(thinking(provider, rest), random);
            seams++;
            TranslatingReader reads = answer.goOn(way, provider.toString(), failure, request.way());
            assertThat(request.way() == Way.WORDS)
                    .as(name + ", then " + provider)
                    .isEqualTo(provider.manner == Manner.IN_WORDS
                            && !so.text().stripTrailing().isEmpty());
            return attempt(way, reads, bytes, cutOf(bytes), true);
        }

        /** What the provider makes of a request: it knows nothing but that. */
        private Turn rest(Provider provider, JsonNode request, String said) {
            List<Turn> turns = provider.voice.read(request);
            Turn last = turns.getLast();
            String beginning = "";
            if (last.who() == Who.MODEL) {
                assertThat(provider.manner)
                        .as(name + ": a beginning for " + provider)
                        .isNotEqualTo(Manner.IN_WORDS);
                beginning = last.words();
                assertThat(beginning).as(name).isEqualTo(said.stripTrailing()).isNotEmpty();
                beginningIsSaidInTheDialect(provider, request);
            } else if (last.words().contains("cut off by a technical fault")) {
                beginning = turns.get(turns.size() - 2).words();
                assertThat(beginning).as(name).isEqualTo(said);
            }
            assertThat(whole.words()).as(name).startsWith(beginning);
            boolean repeats = provider.manner == Manner.REPEATING;
            String rest = repeats ? whole.words() : whole.words().substring(beginning.length());
            List<Piece> pieces = new ArrayList<>();
            if (!rest.isEmpty()) {
                pieces.add(new Words(rest));
            }
            pieces.addAll(whole.all(Ask.class));
            return new Turn(Who.MODEL, pieces);
        }

        private void beginningIsSaidInTheDialect(Provider provider, JsonNode request) {
            JsonNode messages = request.path("messages");
            boolean prefix = messages.path(messages.size() - 1).path("prefix").asBoolean();
            assertThat(prefix).as(name).isEqualTo(provider.dialect == ChatDialect.MISTRAL);
            assertThat(request.path("continue_final_message").asBoolean())
                    .as(name)
                    .isEqualTo(provider.dialect == ChatDialect.VLLM);
        }

        /** Some think before each answer, also where it only goes on. */
        private Turn thinking(Provider provider, Turn answer) {
            List<Piece> pieces = new ArrayList<>();
            if (talk.chance(50)) {
                pieces.addAll(provider.voice.answer(talk).all(Thought.class));
            }
            pieces.addAll(answer.pieces());
            return new Turn(Who.MODEL, pieces);
        }

        /** Half of the later attempts come to their end. */
        private int cutOf(byte[] bytes) {
            return random.nextBoolean() ? bytes.length : random.nextInt(bytes.length);
        }

        private static int behind(Framer framer, byte[] bytes, int event) {
            int at = 0;
            for (int i = 0; i < event; i++) {
                at = framer.nextEventEnd(bytes, at, bytes.length);
                if (at < 0) {
                    return -1;
                }
            }
            return at;
        }

        private StreamResult attempt(Translation way, TranslatingReader reads, byte[] bytes, int cut, boolean goesOn) {
            reader = reads;
            Source source = new Source();
            List<StreamResult> results = new ArrayList<>();
            StreamPipe.Settings settings = new StreamPipe.Settings(
                    StreamPolicy.DEFAULT,
                    Duration.ofSeconds(60),
                    false,
                    time.nanos(),
                    time,
                    StreamMeter.NONE,
                    way.framer(),
                    reads,
                    OutputCap.NONE);
            Watch watch = new Watch(time, time, deadline -> {});
            StreamPipe pipe = new StreamPipe(source, heard, watch, settings, results::add);
            if (goesOn) {
                pipe.goOn();
            } else {
                pipe.start(false);
            }
            int before = heard.bytes.size();
            int from = 0;
            while (from < cut && results.isEmpty()) {
                int to = Math.min(cut, from + 1 + random.nextInt(120));
                source.push(java.util.Arrays.copyOfRange(bytes, from, to));
                from = to;
            }
            if (results.isEmpty() && random.nextBoolean()) {
                source.end.handle(null);
            } else if (results.isEmpty()) {
                source.broken.handle(new IOException("reset"));
            }
            source.endRead();
            contributions += heard.bytes.size() > before ? 1 : 0;
            assertThat(results).as(name + ": how it ended").hasSize(1);
            return results.getFirst();
        }

        // -------------------------------------------------------------- what the client must have heard

        private SseEvents events() {
            return SseEvents.parse(heard.bytes.toByteArray());
        }

        private void endsWell() {
            SseEvents events = events();
            assertThat(heard.ends).as(name).isEqualTo(1);
            assertThat(text(events)).as(name).isEqualTo(whole.words());
            Turn turn = client.hear(heard.bytes.toByteArray(), true);
            assertThat(turn.words()).as(name + ": as its SDK joins it").isEqualTo(whole.words());
            assertThat(calls(turn)).as(name).isEqualTo(calls(whole));
            wellFormed(events, Obstacle.FINISHED, true);
            assertThat(heard.bytes.toString().contains("\"penstock\":{\"continued\""))
                    .as(name + ": the switch is told")
                    .isEqualTo(!answer.switches().isEmpty());
            assertThat(answer.switches().size()).as(name).isLessThan(Math.max(1, contributions));
        }

        private void endsInError(GatewayError failure, Obstacle obstacle) {
            assertThat(heard.ends).as(name).isZero();
            String soFar = text(events());
            switch (obstacle) {
                case TOOL_CALL -> assertThat(whole.all(Ask.class)).as(name).isNotEmpty();
                case FINISHED -> {
                    // A broken event may have said that the answer ends, and not how; at a seam a few words may be held
                    // back.
                    if (failure.kind() != GatewayError.Kind.INVALID_UPSTREAM && seams == 0) {
                        assertThat(soFar).as(name).isEqualTo(whole.words());
                    }
                }
                case REASONING, TOO_MANY ->
                    assertThat(calls(events())).as(name + ": calls").isFalse();
                default -> throw new AssertionError(name + ": " + obstacle);
            }
            heard.bytes.writeBytes(reader.errorEvent(failure, "req"));
            assertThat(whole.words()).as(name).startsWith(soFar);
            wellFormed(events(), obstacle, false);
        }

        private static List<String> calls(Turn turn) {
            return turn.all(Ask.class).stream()
                    .map(ask -> ask.name() + " " + ask.arguments())
                    .toList();
        }

        private String text(SseEvents events) {
            StringBuilder text = new StringBuilder();
            for (SseEvents.Event event : events.events()) {
                if (event.data().equals("[DONE]")) {
                    continue;
                }
                JsonNode data = Wire.read(event.data());
                switch (clientSchema) {
                    case OPENAI_CHAT ->
                        text.append(data.at("/choices/0/delta/content").asText(""));
                    case ANTHROPIC_MESSAGES ->
                        text.append(data.at("/delta/text").asText(""));
                    default -> {
                        if (event.type().equals("response.output_text.delta")) {
                            text.append(data.path("delta").asText());
                        }
                    }
                }
            }
            return text.toString();
        }

        private boolean calls(SseEvents events) {
            return events.data().stream()
                    .anyMatch(data -> data.contains("\"tool_calls\":[")
                            || data.contains("\"type\":\"tool_use\"")
                            || data.contains("\"type\":\"function_call\""));
        }

        private void wellFormed(SseEvents events, Obstacle obstacle, boolean complete) {
            switch (clientSchema) {
                case OPENAI_CHAT -> wellFormedChat(events, obstacle, complete);
                case ANTHROPIC_MESSAGES -> wellFormedMessages(events, complete);
                default -> wellFormedResponses(events, complete);
            }
        }

        private void wellFormedChat(SseEvents events, Obstacle obstacle, boolean complete) {
            Set<String> ids = new HashSet<>();
            int roles = 0;
            int finishes = 0;
            int errors = 0;
            for (String data : events.data()) {
                if (data.equals("[DONE]")) {
                    continue;
                }
                JsonNode chunk = Wire.read(data);
                if (chunk.has("error")) {
                    errors++;
                    continue;
                }
                ids.add(chunk.path("id").asText());
                roles += chunk.at("/choices/0/delta").has("role") ? 1 : 0;
                finishes += chunk.at("/choices/0/finish_reason").isTextual() ? 1 : 0;
            }
            assertThat(ids).as(name).containsExactly("chatcmpl-ex");
            assertThat(roles).as(name + ": starts").isEqualTo(1);
            assertThat(finishes)
                    .as(name + ": finishes")
                    .isBetween(complete ? 1 : 0, obstacle == Obstacle.FINISHED ? 1 : 0);
            assertThat(events.done()).as(name).isEqualTo(complete);
            assertThat(errors).as(name).isEqualTo(complete ? 0 : 1);
        }

        private void wellFormedMessages(SseEvents events, boolean complete) {
            List<String> types =
                    events.events().stream().map(SseEvents.Event::type).toList();
            assertThat(types.stream().filter("message_start"::equals)).as(name).hasSize(1);
            assertThat(types.stream().filter("message_delta"::equals)).as(name).hasSize(complete ? 1 : 0);
            assertThat(types.getLast()).as(name).isEqualTo(complete ? "message_stop" : "error");
            int open = -1;
            int next = 0;
            for (SseEvents.Event event : events.events()) {
                int index = Wire.read(event.data()).path("index").asInt(-1);
                switch (event.type()) {
                    case "content_block_start" -> {
                        assertThat(open).as(name).isEqualTo(-1);
                        assertThat(index).as(name).isEqualTo(next++);
                        open = index;
                    }
                    case "content_block_delta" -> assertThat(index).as(name).isEqualTo(open);
                    case "content_block_stop" -> {
                        assertThat(index).as(name).isEqualTo(open);
                        open = -1;
                    }
                    default -> {}
                }
            }
        }

        private void wellFormedResponses(SseEvents events, boolean complete) {
            int number = 0;
            int begun = 0;
            for (SseEvents.Event event : events.events()) {
                JsonNode data = Wire.read(event.data());
                assertThat(data.path("sequence_number").asInt(-1)).as(name).isEqualTo(number++);
                begun += event.type().equals("response.created") ? 1 : 0;
            }
            assertThat(begun).as(name).isEqualTo(1);
            SseEvents.Event last = events.events().getLast();
            assertThat(last.type()).as(name).isEqualTo(complete ? "response.completed" : "response.failed");
        }
    }

    // ------------------------------------------------------------------ the two ends of the pipe

    private static final class Client implements Downstream {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private boolean committed;
        private int ends;

        @Override
        public void commit() {
            committed = true;
        }

        @Override
        public void write(Buffer events) {
            assertThat(committed).as("nothing is written before the head").isTrue();
            bytes.writeBytes(events.getBytes());
        }

        @Override
        public boolean full() {
            return false;
        }

        @Override
        public void onDrain(Runnable room) {}

        @Override
        public void end(@Nullable Buffer lastEvents) {
            if (lastEvents != null) {
                write(lastEvents);
            }
            ends++;
        }
    }

    private static final class Source implements ByteSource {
        private final Deque<Runnable> readEnd = new ArrayDeque<>();
        private Handler<Buffer> taker = chunk -> {};
        private Handler<@Nullable Void> end = none -> {};
        private Handler<Throwable> broken = failure -> {};

        void push(byte[] bytes) {
            taker.handle(Buffer.buffer(bytes));
            endRead();
        }

        void endRead() {
            while (!readEnd.isEmpty()) {
                readEnd.poll().run();
            }
        }

        @Override
        public void handler(Handler<Buffer> handler) {
            taker = handler;
        }

        @Override
        public void endHandler(Handler<@Nullable Void> handler) {
            end = handler;
        }

        @Override
        public void exceptionHandler(Handler<Throwable> handler) {
            broken = handler;
        }

        @Override
        public void pause() {}

        @Override
        public void resume() {}

        @Override
        public Executor readEnd() {
            return readEnd::add;
        }

        @Override
        public void finish() {}

        @Override
        public void cancel() {}
    }
}
