// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import dev.penstock.exchange.Timers;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Refuses a request in such a way that its connection stays of use, where that is cheap. On HTTP/1.x the next request begins
 * behind the body of this one, so a response before the body's end means the end of the connection; a new one costs more than
 * the refusal, and a node that is short of time has none for it. So a small body is read to its end first and thrown away.
 */
final class TurnedAway {

    private static final long WORTH_READING = 64 << 10;
    /** Most of the small bodies are here already; nobody is waited for. */
    private static final Duration PATIENCE = Duration.ofMillis(500);

    private final Runnable refuse;
    private Timers.@Nullable Timer timer;
    private boolean done;

    private TurnedAway(Runnable refuse) {
        this.refuse = refuse;
    }

    /**
     * Calls the refusal once, at once or when the body has passed.
     *
     * @param timers timers of the request's event loop
     */
    static void afterItsBody(HttpServerRequest request, Timers timers, Runnable refuse) {
        if (request.version() == HttpVersion.HTTP_2 || request.isEnded() || !isWorthReading(request)) {
            refuse.run();
            return;
        }
        TurnedAway away = new TurnedAway(refuse);
        away.timer = timers.after(PATIENCE, away::finish);
        request.exceptionHandler(broken -> away.finish());
        request.handler(thrownAway -> {});
        request.endHandler(end -> away.finish());
        request.resume();
    }

    private static boolean isWorthReading(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        // The guard lets only digits pass. Who asks before it sends (100-continue) is told not to.
        return length != null
                && Long.parseLong(length) <= WORTH_READING
                && request.getHeader(HttpHeaders.EXPECT) == null;
    }

    private void finish() {
        if (!done) {
            done = true;
            if (timer != null) {
                timer.cancel();
            }
            refuse.run();
        }
    }
}
