// SPDX-License-Identifier: Apache-2.0
package dev.penstock.streaming;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.exchange.ByteSource;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.StreamPolicy;
import dev.penstock.kit.time.ManualTime;
import dev.penstock.schema.openai.ChatEventReader;
import dev.penstock.sse.SseFramer;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The chute, one decision at a time, with time and the end of a turn moved by hand. */
final class StreamPipeTest {

    private static final String ROLE =
            event("{\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}");
    private static final String HELLO = event("{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hellö\"}}]}");
    private static final String WORLD = event("{\"choices\":[{\"index\":0,\"delta\":{\"content\":\" world\"}}]}");
    private static final String FINISH = event("{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}");
    private static final String USAGE =
            event("{\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2,\"total_tokens\":5}}");
    private static final String DONE = "data: [DONE]\n\n";

    private final ManualTime time = new ManualTime();
    private final Deque<Runnable> readEnd = new ArrayDeque<>();
    private final Source source = new Source();
    private final Client client = new Client();
    private @Nullable StreamResult result;

    @Test
    void holdsThePreambleUntilTheFirstContent() {
        start(StreamPolicy.DEFAULT, false);

        receive(ROLE + ": comment\n\n");
        assertThat(client.committed).isFalse();

        receive(HELLO);
        assertThat(client.committed).isTrue();
        assertThat(client.text()).isEqualTo(ROLE + ": comment\n\n" + HELLO);
    }

    @Test
    void writesAllEventsOfAReadAtOnce() {
        start(StreamPolicy.DEFAULT, false);

        source.push(HELLO);
        source.push(WORLD);
        assertThat(client.writes).isEmpty();
        endRead();

        assertThat(client.writes).containsExactly(HELLO + WORLD);
    }

    @Test
    void writesAtOnceWhenAReadBringsMuch() {
        start(StreamPolicy.DEFAULT, false);
        source.push(HELLO);

        source.push(WORLD.repeat(300));

        assertThat(client.text()).isEqualTo(HELLO + WORLD.repeat(300));
    }

    @Test
    void endsTheBodyWithTheTerminalMarkerInOneWrite() {
        start(StreamPolicy.DEFAULT, false);

        receive(HELLO + FINISH);
        receive(DONE);

        assertThat(client.ended).isTrue();
        assertThat(client.text()).isEqualTo(HELLO + FINISH + DONE);
        assertThat(result().failure()).isNull();
        assertThat(result().finishReason()).isEqualTo("stop");
    }

    @Test
    void limitsAnEventHoweverItArrives() {
        StreamPolicy small = new StreamPolicy(
                Duration.ofSeconds(15), false, StreamPolicy.OnDisconnect.CANCEL, Duration.ofSeconds(30), 1024, 1 << 20);
        String large = HELLO.replace("Hell", "x".repeat(1100));
        for (int cut : new int[] {0, 500, 1090, large.length()}) {
            StreamPipeTest fresh = new StreamPipeTest();
            fresh.start(small, false);
            fresh.receive(WORLD + large.substring(0, cut));
            if (fresh.result == null) {
                fresh.receive(large.substring(cut) + FINISH);
            }

            assertThat(fresh.result().failure().kind()).isEqualTo(Kind.RESPONSE_TOO_LARGE);
            assertThat(fresh.client.text()).isEqualTo(WORLD);
        }
    }

    @Test
    void takesTheRestOfAPausedAnswerWhenItsReaderHasLeft() {
        start(StreamPolicy.DEFAULT, false);
        client.full = true;
        receive(HELLO);
        assertThat(source.paused).isTrue();

        client.full = false;
        pipe.readerLeft();

        assertThat(source.paused).isFalse();
    }

    @Test
    void leavesTheEndOfTheBodyToTheSourceOnceTheAnswerIsComplete() {
        start(StreamPolicy.DEFAULT, false);

        receive(HELLO + FINISH + DONE);

        assertThat(source.finished).isTrue();
        assertThat(source.cancelled)
                .as("a connection whose end is on its way can be used again")
                .isFalse();
    }

    @Test
    void passesEveryByteWhateverTheCuts() {
        String whole = ROLE + HELLO + WORLD + FINISH + USAGE + DONE;
        byte[] bytes = whole.getBytes(StandardCharsets.UTF_8);
        for (int cut = 1; cut < bytes.length; cut++) {
            StreamPipeTest fresh = new StreamPipeTest();
            fresh.start(StreamPolicy.DEFAULT, false);
            fresh.receive(java.util.Arrays.copyOfRange(bytes, 0, cut));
            fresh.receive(java.util.Arrays.copyOfRange(bytes, cut, bytes.length));
            assertThat(fresh.client.text()).as("cut at " + cut).isEqualTo(whole);
            assertThat(fresh.result().failure()).as("cut at " + cut).isNull();
        }
    }

    @Test
    void passesEveryByteOfCrlfStreamsWhateverTheCuts() {
        String marked = (ROLE + HELLO + FINISH + USAGE + DONE).replace("\n", "\r\n");
        String unmarked = (ROLE + HELLO + FINISH).replace("\n", "\r\n");
        for (int cut = 1; cut < marked.length(); cut++) {
            assertThat(cutAt(cut, marked, false)).as("cut at " + cut).isEqualTo(marked);
            // Half a line end of the hidden chunk may remain: a blank line more, which means nothing.
            assertThat(cutAt(cut, marked, true).replace("\r\n\n", "\r\n"))
                    .as("cut at " + cut + ", usage hidden")
                    .isEqualTo((ROLE + HELLO + FINISH + DONE).replace("\n", "\r\n"));
        }
        for (int cut = 1; cut < unmarked.length(); cut++) {
            assertThat(cutAt(cut, unmarked, false)).as("cut at " + cut).isEqualTo(unmarked);
        }
    }

    private static String cutAt(int cut, String whole, boolean hideUsage) {
        StreamPipeTest fresh = new StreamPipeTest();
        fresh.start(StreamPolicy.DEFAULT, hideUsage);
        fresh.receive(whole.substring(0, cut));
        fresh.receive(whole.substring(cut));
        if (!fresh.client.ended) {
            fresh.source.end();
        }
        assertThat(fresh.result().failure()).as("cut at " + cut).isNull();
        return fresh.client.text();
    }

    @Test
    void hidesTheUsageChunkThatTheClientDidNotAskFor() {
        start(StreamPolicy.DEFAULT, true);

        receive(HELLO + FINISH + USAGE + DONE);

        assertThat(client.text()).isEqualTo(HELLO + FINISH + DONE);
        assertThat(result().usage()).isNotNull();
        assertThat(result().usage().outputTokens()).isEqualTo(2);
    }

    @Test
    void refusesAnEndWithoutFinishReason() {
        start(StreamPolicy.DEFAULT, false);

        receive(HELLO);
        source.end();

        assertThat(result().failure().kind()).isEqualTo(Kind.TRUNCATED);
        assertThat(client.ended).isFalse();
    }

    @Test
    void refusesADoneMarkerWithoutFinishReason() {
        start(StreamPolicy.DEFAULT, false);

        receive(HELLO + DONE);

        assertThat(result().failure().kind()).isEqualTo(Kind.TRUNCATED);
        assertThat(client.text()).isEqualTo(HELLO);
    }

    @Test
    void acceptsAnOrderlyEndAfterTheFinishReasonWithoutDone() {
        start(StreamPolicy.DEFAULT, false);

        receive(HELLO + FINISH);
        source.end();

        assertThat(result().failure()).isNull();
        assertThat(client.ended).isTrue();
    }

    @Test
    void neverShowsHalfAnEventWhenTheProviderBreaksOff() {
        start(StreamPolicy.DEFAULT, false);

        receive(HELLO + WORLD.substring(0, 20));
        source.breakOff();
        endRead();

        assertThat(client.text()).isEqualTo(HELLO);
        assertThat(result().failure().kind()).isEqualTo(Kind.TRUNCATED);
    }

    @Test
    void failsWithAnOrdinaryErrorBeforeTheFirstContent() {
        start(StreamPolicy.DEFAULT, false);

        receive(ROLE + event("{\"error\":{\"message\":\"overloaded\",\"type\":\"server_error\"}}"));

        assertThat(client.committed).isFalse();
        assertThat(client.writes).isEmpty();
        assertThat(result().failure().kind()).isEqualTo(Kind.PROVIDER_ERROR);
        assertThat(source.cancelled).isTrue();
    }

    @Test
    void dropsWhatComesAfterTheTerminalMarker() {
        start(StreamPolicy.DEFAULT, false);

        receive(HELLO + FINISH + DONE + DONE + WORLD);

        assertThat(client.text()).isEqualTo(HELLO + FINISH + DONE);
        assertThat(client.ends).isEqualTo(1);
    }

    @Test
    void pausesTheProviderWhenTheClientDoesNotKeepUpAndResumesWhenItDoes() {
        start(StreamPolicy.DEFAULT, false);
        client.full = true;

        receive(HELLO);
        assertThat(source.paused).isTrue();

        client.full = false;
        client.room.run();
        assertThat(source.paused).isFalse();
    }

    @Test
    void cutsAReaderThatStallsLongerThanWriteStall() {
        start(StreamPolicy.DEFAULT, false);
        client.full = true;
        receive(HELLO);

        time.advance(StreamPolicy.DEFAULT.writeStall());

        assertThat(result().failure().kind()).isEqualTo(Kind.SLOW_READER);
        assertThat(source.cancelled).isTrue();
    }

    @Test
    void countsAClientsPauseNotAsSilenceOfTheProvider() {
        start(policy(Duration.ofMinutes(10)), false);
        client.full = true;
        receive(HELLO);

        time.advance(Duration.ofMinutes(5));

        assertThat(result).isNull();
    }

    @Test
    void endsAStreamWhoseProviderFallsSilent() {
        start(StreamPolicy.DEFAULT, false);
        receive(HELLO);

        time.advance(Duration.ofSeconds(40));
        receive(": ping\n\n");
        time.advance(Duration.ofSeconds(40));
        assertThat(result).as("a comment counts as life").isNull();
        time.advance(Duration.ofSeconds(21));

        assertThat(result().failure().kind()).isEqualTo(Kind.IDLE_TIMEOUT);
    }

    @Test
    void sendsACommentAfterEachKeepAliveOfSilence() {
        start(StreamPolicy.DEFAULT, false);
        receive(HELLO);

        time.advance(Duration.ofSeconds(31));

        assertThat(client.text()).isEqualTo(HELLO + ": keep-alive\n\n" + ": keep-alive\n\n");
    }

    @Test
    void sendsNoCommentBeforeTheCommit() {
        start(StreamPolicy.DEFAULT, false);
        receive(ROLE);

        time.advance(Duration.ofSeconds(31));

        assertThat(client.writes).isEmpty();
    }

    @Test
    void refusesAnEventLargerThanItsLimit() {
        start(
                new StreamPolicy(
                        Duration.ofSeconds(15),
                        false,
                        StreamPolicy.OnDisconnect.CANCEL,
                        Duration.ofSeconds(30),
                        1024,
                        1 << 20),
                false);
        receive(HELLO);

        receive("data: " + "x".repeat(2000));

        assertThat(result().failure().kind()).isEqualTo(Kind.RESPONSE_TOO_LARGE);
        assertThat(source.cancelled).isTrue();
    }

    @Test
    void refusesAnAnswerLargerThanItsLimit() {
        start(
                new StreamPolicy(
                        Duration.ofSeconds(15),
                        false,
                        StreamPolicy.OnDisconnect.CANCEL,
                        Duration.ofSeconds(30),
                        1024,
                        2048),
                false);

        for (int i = 0; i < 40 && result == null; i++) {
            receive(HELLO);
        }

        assertThat(result().failure().kind()).isEqualTo(Kind.RESPONSE_TOO_LARGE);
    }

    @Test
    void endsAStreamWithBrokenJsonInsteadOfPassingItOn() {
        start(StreamPolicy.DEFAULT, false);

        receive(HELLO + "data: {\"choices\":[{\"delta\":\n\n");

        assertThat(result().failure().kind()).isEqualTo(Kind.INVALID_UPSTREAM);
        assertThat(client.text()).isEqualTo(HELLO);
    }

    @Test
    void cancelsTheProviderInTheSameCallWhenAborted() {
        start(StreamPolicy.DEFAULT, false);
        receive(HELLO);

        pipe.abort(GatewayError.of(Kind.CLIENT_GONE, "gone"));

        assertThat(source.cancelled).isTrue();
        assertThat(result().events()).isEqualTo(1);
    }

    @Test
    void measuresFirstTokenAndLongestGap() {
        start(StreamPolicy.DEFAULT, false);

        time.advance(Duration.ofMillis(300));
        receive(HELLO);
        time.advance(Duration.ofMillis(20));
        receive(WORLD);
        time.advance(Duration.ofMillis(50));
        receive(FINISH + DONE);

        assertThat(result().firstTokenNanos()).isEqualTo(Duration.ofMillis(300).toNanos());
        assertThat(result().maxGapNanos()).isEqualTo(Duration.ofMillis(50).toNanos());
    }

    @Test
    void letsAnotherSourceGoOnWithTheSameClientAfterACut() {
        start(StreamPolicy.DEFAULT, false);
        receive(HELLO + WORLD.substring(0, 20));
        source.breakOff();
        assertThat(client.ended).isFalse();
        GoesOn second = new GoesOn();

        second.receive(WORLD + FINISH + DONE);

        assertThat(client.text()).isEqualTo(HELLO + WORLD + FINISH + DONE);
        assertThat(client.commits).as("each tells of its first content").isEqualTo(2);
        assertThat(client.ends).isEqualTo(1);
        assertThat(second.ended().failure()).isNull();
        assertThat(second.firstTokens)
                .as("the first token was another source's")
                .isZero();
    }

    @Test
    void keepsTheClientAliveWhileTheOneThatGoesOnIsSilent() {
        start(StreamPolicy.DEFAULT, false);
        receive(HELLO);
        source.breakOff();
        GoesOn unused = new GoesOn();

        time.advance(Duration.ofSeconds(16));

        assertThat(client.text()).isEqualTo(HELLO + ": keep-alive\n\n");
    }

    @Test
    void cancelsTheOneThatGoesOnWhenTheClientLeaves() {
        start(StreamPolicy.DEFAULT, false);
        receive(HELLO);
        source.breakOff();
        GoesOn second = new GoesOn();

        second.pipe.abort(GatewayError.of(Kind.CLIENT_GONE, "gone"));

        assertThat(second.source.cancelled).isTrue();
        assertThat(second.ended().failure().kind()).isEqualTo(Kind.CLIENT_GONE);
    }

    @Test
    void relaysWhatHadArrivedWholeBeforeTheCut() {
        start(StreamPolicy.DEFAULT, false);
        receive(HELLO);
        source.push(WORLD + HELLO.substring(0, 9));
        source.breakOff();

        assertThat(client.text()).isEqualTo(HELLO + WORLD);
    }

    /** A second pipe behind the first, to the same client. */
    private final class GoesOn {
        private final Source source = new Source();
        private final StreamPipe pipe;
        private @Nullable StreamResult result;
        private int firstTokens;

        GoesOn() {
            StreamMeter meter = new StreamMeter() {
                @Override
                public void firstToken(long nanos) {
                    firstTokens++;
                }

                @Override
                public void gap(long nanos) {}
            };
            pipe = new StreamPipe(
                    source,
                    client,
                    new Watch(time, time, deadline -> {}),
                    new StreamPipe.Settings(
                            StreamPolicy.DEFAULT,
                            Duration.ofSeconds(60),
                            false,
                            time.nanos(),
                            time,
                            meter,
                            new SseFramer(),
                            new ChatEventReader(),
                            OutputCap.NONE),
                    ended -> result = ended);
            pipe.goOn();
        }

        void receive(String text) {
            source.push(text);
            endRead();
        }

        StreamResult ended() {
            assertThat(result).as("the stream has ended").isNotNull();
            return result;
        }
    }

    // ---- given

    private @Nullable StreamPipe pipe;

    private void start(StreamPolicy policy, boolean hideUsage) {
        Watch watch = new Watch(time, time, deadline -> {});
        pipe = new StreamPipe(
                source,
                client,
                watch,
                new StreamPipe.Settings(
                        policy,
                        Duration.ofSeconds(60),
                        hideUsage,
                        time.nanos(),
                        time,
                        StreamMeter.NONE,
                        new SseFramer(),
                        new ChatEventReader(),
                        OutputCap.NONE),
                ended -> result = ended);
        pipe.start(false);
    }

    private static StreamPolicy policy(Duration writeStall) {
        StreamPolicy d = StreamPolicy.DEFAULT;
        return new StreamPolicy(
                d.keepAlive(), d.earlyCommit(), d.onDisconnect(), writeStall, d.maxEventBytes(), d.maxResponseBytes());
    }

    private void receive(String text) {
        receive(text.getBytes(StandardCharsets.UTF_8));
    }

    private void receive(byte[] bytes) {
        source.taker.handle(Buffer.buffer(bytes));
        endRead();
    }

    private void endRead() {
        while (!readEnd.isEmpty()) {
            readEnd.poll().run();
        }
    }

    private StreamResult result() {
        assertThat(result).as("the stream has ended").isNotNull();
        return result;
    }

    private static String event(String json) {
        return "data: " + json + "\n\n";
    }

    private final class Source implements ByteSource {
        private boolean finished;
        private Handler<Buffer> taker = chunk -> {};
        private Handler<@Nullable Void> end = none -> {};
        private Handler<Throwable> broken = failure -> {};
        private boolean paused = true;
        private boolean cancelled;

        void push(String text) {
            taker.handle(Buffer.buffer(text));
        }

        void end() {
            end.handle(null);
        }

        void breakOff() {
            broken.handle(new java.io.IOException("reset"));
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
        public void pause() {
            paused = true;
        }

        @Override
        public void resume() {
            paused = false;
        }

        @Override
        public java.util.concurrent.Executor readEnd() {
            return readEnd::add;
        }

        @Override
        public void finish() {
            finished = true;
        }

        @Override
        public void cancel() {
            cancelled = true;
        }
    }

    private static final class Client implements Downstream {
        private final List<String> writes = new ArrayList<>();
        private Runnable room = () -> {};
        private boolean committed;
        private int commits;
        private boolean full;
        private boolean ended;
        private int ends;

        String text() {
            return String.join("", writes);
        }

        @Override
        public void commit() {
            committed = true;
            commits++;
        }

        @Override
        public void write(Buffer events) {
            assertThat(committed).as("nothing is written before the commit").isTrue();
            writes.add(events.toString(StandardCharsets.UTF_8));
        }

        @Override
        public boolean full() {
            return full;
        }

        @Override
        public void onDrain(Runnable callback) {
            room = callback;
        }

        @Override
        public void end(@Nullable Buffer lastEvents) {
            if (lastEvents != null) {
                write(lastEvents);
            }
            ended = true;
            ends++;
        }
    }
}
