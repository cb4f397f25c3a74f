// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench.jmh;

import dev.penstock.schema.openai.ChatRequestHead;
import dev.penstock.schema.openai.ChatRequestReader;
import dev.penstock.schema.openai.ChatRequestSplicer;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What does it cost to change the model and to ask for usage in a body whose head is known, by size of the body? Run
 * {@code java -cp <benchmarks> org.openjdk.jmh.Main SpliceBenchmark -prof gc}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 1,
        jvmArgsAppend = {EventLoopThreads.CUSTOM, EventLoopThreads.CLASS})
public class SpliceBenchmark {

    @Param({"2048", "32768", "262144"})
    public int bytes;

    private byte[] body;
    private ChatRequestHead head;

    @Setup
    public void prepare() {
        body = Samples.request(bytes);
        head = ChatRequestReader.read(body);
    }

    @Benchmark
    public List<Buffer> splice() {
        return ChatRequestSplicer.splice(body, head, "gpt-5-nano-2025-08-07", true);
    }
}
