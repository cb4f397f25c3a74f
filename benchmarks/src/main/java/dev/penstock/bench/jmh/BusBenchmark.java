// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench.jmh;

import dev.penstock.config.ConfigLoader;
import dev.penstock.config.LoadResult;
import dev.penstock.config.Snapshot;
import dev.penstock.eventbus.RoutingVerticle;
import dev.penstock.eventbus.ShardBus;
import dev.penstock.exchange.RequestFacts;
import dev.penstock.routing.Route;
import dev.penstock.routing.RouteCaller;
import dev.penstock.routing.RouteQuestion;
import dev.penstock.routing.RouteTable;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What does one decision cost over the event bus, and what called directly? An operation is the question for a route and its
 * answer, asked on the event loop of a Vert.x instance one after another, as a connection asks.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class BusBenchmark {

    /** Questions for each time that JMH's thread waits, so that its waking up does not count. */
    private static final int IN_A_ROW = 10_000;
    /** A direct answer is there before the question returns: without a turn now and then the stack would not suffice. */
    private static final int IN_A_TURN = 100;

    @Param({"direct", "bus"})
    public String caller;

    private Vertx vertx;
    private Context loop;
    private RouteCaller router;

    @Setup(Level.Trial)
    public void deploy() throws Exception {
        vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
        ShardBus.registerCodecs(vertx);
        ConfigLoader loader =
                new ConfigLoader(List.of(), Path.of(System.getProperty("java.io.tmpdir")), Map.of(), null);
        Snapshot snapshot = ((LoadResult.Loaded) loader.load()).snapshot();
        RouteTable table = new RouteTable(snapshot);
        ShardBus bus = new ShardBus(vertx, 0);
        loop = vertx.getOrCreateContext();
        await(vertx.deployVerticle(new RoutingVerticle(bus, table), new DeploymentOptions())
                .toCompletionStage()
                .toCompletableFuture());
        router = caller.equals("direct") ? table : bus.router();
    }

    @TearDown(Level.Trial)
    public void close() throws Exception {
        await(vertx.close().toCompletionStage().toCompletableFuture());
    }

    @Benchmark
    @OperationsPerInvocation(IN_A_ROW)
    public Route decide() throws Exception {
        CompletableFuture<Route> last = new CompletableFuture<>();
        loop.runOnContext(go -> new Asking(last).ask());
        return await(last);
    }

    private static <T> T await(CompletableFuture<T> future) throws Exception {
        return future.get(30, TimeUnit.SECONDS);
    }

    private final class Asking {
        private final CompletableFuture<Route> last;
        private int left = IN_A_ROW;

        Asking(CompletableFuture<Route> last) {
            this.last = last;
        }

        void ask() {
            router.route(new RouteQuestion("demo", RequestFacts.ofModel("demo")))
                    .onComplete(this::answered);
        }

        private void answered(AsyncResult<Route> answer) {
            if (answer.failed()) {
                last.completeExceptionally(answer.cause());
            } else if (--left == 0) {
                last.complete(answer.result());
            } else if (left % IN_A_TURN == 0) {
                loop.runOnContext(turn -> ask());
            } else {
                ask();
            }
        }
    }
}
