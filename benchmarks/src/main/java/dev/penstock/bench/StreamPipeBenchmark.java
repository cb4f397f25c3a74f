// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench;

import dev.penstock.exchange.ByteSource;
import dev.penstock.exchange.StreamPolicy;
import dev.penstock.exchange.Ticker;
import dev.penstock.schema.openai.ChatEventReader;
import dev.penstock.sse.SseFramer;
import dev.penstock.streaming.Downstream;
import dev.penstock.streaming.OutputCap;
import dev.penstock.streaming.StreamMeter;
import dev.penstock.streaming.StreamPipe;
import dev.penstock.streaming.Watch;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * What does an event cost between the provider's socket and the client's, and what does it leave on the heap, beyond the
 * framework's own?
 *
 * <p>{@code benchmarks/run jmh}. One operation is one read of the upstream: {@code events} HTTP chunks of one event each, then the
 * end of the read and with it one write downstream. Divide by {@code events} for the price of an event.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 1,
        jvmArgsAppend = {"-Djmh.executor=CUSTOM", "-Djmh.executor.class=dev.penstock.bench.jmh.EventLoopThreads"})
public class StreamPipeBenchmark {
    @Param({"1", "16"})
    int events;

    private final Buffer event = Buffer.buffer(Wire.CONTENT);
    private Source source;

    /** A fresh stream, already committed, whose writes go nowhere. */
    @Setup(Level.Iteration)
    public void open(Blackhole nowhere) {
        source = new Source();
        StreamPolicy policy = new StreamPolicy(
                Duration.ofHours(1),
                false,
                StreamPolicy.OnDisconnect.CANCEL,
                Duration.ofHours(1),
                4 << 20,
                Long.MAX_VALUE);
        Ticker ticker = Ticker.system();
        Watch watch = new Watch((delay, task) -> () -> {}, ticker, deadline -> {});
        new StreamPipe(
                        source,
                        new Client(nowhere),
                        watch,
                        new StreamPipe.Settings(
                                policy,
                                Duration.ofHours(1),
                                true,
                                ticker.nanos(),
                                ticker,
                                StreamMeter.NONE,
                                new SseFramer(),
                                new ChatEventReader(),
                                OutputCap.NONE),
                        result -> {
                            throw new IllegalStateException("the stream ended: " + result);
                        })
                .start(false);
        source.deliver(Buffer.buffer(Wire.ROLE));
        source.endRead();
    }

    @Benchmark
    public void read() {
        for (int i = 0; i < events; i++) {
            source.deliver(event);
        }
        source.endRead();
    }

    private static final class Source implements ByteSource, Executor {
        private Handler<Buffer> handler = chunk -> {};
        private @Nullable Runnable atReadEnd;

        void deliver(Buffer chunk) {
            handler.handle(chunk);
        }

        void endRead() {
            Runnable task = atReadEnd;
            atReadEnd = null;
            if (task != null) {
                task.run();
            }
        }

        @Override
        public void execute(Runnable task) {
            atReadEnd = task;
        }

        @Override
        public void handler(Handler<Buffer> next) {
            handler = next;
        }

        @Override
        public void endHandler(Handler<@Nullable Void> end) {}

        @Override
        public void exceptionHandler(Handler<Throwable> failure) {}

        @Override
        public void pause() {}

        @Override
        public void resume() {}

        @Override
        public Executor readEnd() {
            return this;
        }

        @Override
        public void finish() {}

        @Override
        public void cancel() {}
    }

    private record Client(Blackhole nowhere) implements Downstream {
        @Override
        public void commit() {}

        @Override
        public void write(Buffer written) {
            nowhere.consume(written);
        }

        @Override
        public boolean full() {
            return false;
        }

        @Override
        public void onDrain(Runnable room) {}

        @Override
        public void end(@Nullable Buffer last) {
            nowhere.consume(last);
        }
    }
}
