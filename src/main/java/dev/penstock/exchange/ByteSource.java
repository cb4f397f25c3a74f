// SPDX-License-Identifier: Apache-2.0
package dev.penstock.exchange;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The body of a provider's answer, handed over by reference, always <em>paused</em>: whoever takes it sets the handlers and
 * then calls {@link #resume()}. All calls and all callbacks are on the event loop that owns the exchange. After
 * {@link #cancel()} no handler is called any more.
 */
public interface ByteSource {

    /** Bytes as they come from the socket. A chunk is not an event and may end inside a character. */
    void handler(Handler<Buffer> handler);

    /** Called once when the body ended in an orderly way. For HTTP that says nothing about the answer being complete. */
    void endHandler(Handler<@Nullable Void> handler);

    /** Called once when the transport broke. */
    void exceptionHandler(Handler<Throwable> handler);

    void pause();

    void resume();

    /**
     * Where to put work that shall be done once for all bytes that arrived together: it runs when the current read of the
     * socket has been handed over whole, still in the same turn of the event loop.
     */
    Executor readEnd();

    /**
     * The answer is complete: what still comes is thrown away, no handler is called any more, and a body that does not end by
     * itself within a moment is given up. So a connection whose end is already on its way can be used again, and a provider
     * that forgets to end its answer cannot hold one for ever.
     */
    void finish();

    /** Gives the answer up in this very turn: resets the stream (HTTP/2) or closes the connection (HTTP/1.1). */
    void cancel();
}
