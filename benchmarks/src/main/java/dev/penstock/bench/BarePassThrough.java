// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench;

import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;

/**
 * What does a streamed event cost when nothing but Vert.x stands in the way? The step below Penstock on the ladder.
 *
 * <p>{@code benchmarks/run ladder}. One verticle per event loop, one un-shared client each, and {@code pipeTo} in both directions:
 * the thirty lines that anyone would write first. It cancels nothing and lets a truncated answer look complete; it is a yardstick.
 */
final class BarePassThrough extends VerticleBase {
    private final int port;
    private final int upstream;
    private HttpClient client;

    private BarePassThrough(int port, int upstream) {
        this.port = port;
        this.upstream = upstream;
    }

    public static void main(String[] args) {
        int port = Integer.parseInt(args[0]);
        int upstream = Integer.parseInt(args[1]);
        int loops = Runtime.getRuntime().availableProcessors();
        Vertx vertx =
                Vertx.vertx(new VertxOptions().setPreferNativeTransport(true).setEventLoopPoolSize(loops));
        vertx.deployVerticle(() -> new BarePassThrough(port, upstream), new DeploymentOptions().setInstances(loops))
                .onFailure(problem -> {
                    problem.printStackTrace();
                    System.exit(1);
                });
    }

    @Override
    public Future<?> start() {
        client = vertx.createHttpClient(
                new HttpClientOptions().setDefaultHost("127.0.0.1").setDefaultPort(upstream),
                new PoolOptions().setHttp1MaxSize(20_000));
        return vertx.createHttpServer(new HttpServerOptions()
                        .setHost("127.0.0.1")
                        .setPort(port)
                        .setAcceptBacklog(8192))
                .requestHandler(this::pass)
                .listen();
    }

    private void pass(HttpServerRequest in) {
        in.pause();
        client.request(new RequestOptions().setMethod(in.method()).setURI(in.uri()))
                .compose(out -> {
                    out.headers().setAll(in.headers());
                    in.pipeTo(out);
                    return out.response();
                })
                .onSuccess(answer -> {
                    in.response().setStatusCode(answer.statusCode()).headers().setAll(answer.headers());
                    answer.pipeTo(in.response());
                })
                .onFailure(problem -> in.response().setStatusCode(502).end());
    }
}
