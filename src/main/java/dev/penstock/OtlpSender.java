// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.config.TelemetryConfig.Otlp;
import dev.penstock.sidecall.SideCall;
import dev.penstock.sidecall.SideCalls;
import dev.penstock.sidecall.SideReply;
import dev.penstock.telemetry.OtlpDoor;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.VertxInternal;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Sends telemetry over the door for Penstock's own requests, on an event loop of its own choice. */
final class OtlpSender implements OtlpDoor {

    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final Context context;
    private final Vertx vertx;
    private final URI url;
    private final Map<String, String> headers;
    /** Made on the loop that uses it. */
    private @Nullable SideCalls calls;

    /** @param path below the receiver's address, such as {@code /v1/traces} */
    OtlpSender(Vertx vertx, Otlp to, String path) {
        this.vertx = vertx;
        this.context = ((VertxInternal) vertx).createEventLoopContext();
        this.url = URI.create(to.endpoint() + path);
        Map<String, String> fields = new LinkedHashMap<>();
        to.headers().forEach((name, value) -> fields.put(name, value.reveal()));
        fields.put("content-type", "application/json");
        this.headers = fields;
    }

    @Override
    public CompletionStage<Integer> post(byte[] json) {
        CompletableFuture<Integer> answer = new CompletableFuture<>();
        context.runOnContext(turn -> {
            if (calls == null) {
                calls = SideCalls.over(vertx);
            }
            calls.send(SideCall.small("POST", url, headers, Buffer.buffer(json), TIMEOUT))
                    .map(SideReply::status)
                    .onSuccess(answer::complete)
                    .onFailure(answer::completeExceptionally);
        });
        return answer;
    }

    void close() {
        context.runOnContext(turn -> {
            if (calls != null) {
                calls.close();
            }
        });
    }
}
