// SPDX-License-Identifier: Apache-2.0
package dev.penstock.streaming;

import dev.penstock.exchange.ByteSource;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import io.vertx.core.buffer.Buffer;
import java.util.function.Consumer;

/**
 * Takes a whole body, bounded: the answer to a call without streaming, or the body of an error. It is held until its end,
 * because only then is it known to be whole, and a cut answer must become an error status.
 */
public final class BodyGatherer {

    /** What happens to a body that is too large. */
    public enum Overflow {
        /** It is an answer: a part of it is worth nothing. */
        FAIL,
        /** It explains an error: its beginning will do. */
        CUT
    }

    private final ByteSource source;
    private final long maxBytes;
    private final Overflow overflow;
    private final Runnable alive;
    private final Consumer<Buffer> whole;
    private final Consumer<GatewayError> failed;
    private final PendingWrite pieces = new PendingWrite();
    private long received;
    private boolean closed;

    /**
     * Made, not yet started.
     *
     * @param overflow what happens to a body larger than {@code maxBytes}
     * @param alive called at each sign of life of the provider
     * @param whole takes the body
     * @param failed hears why there is none
     */
    public BodyGatherer(
            ByteSource source,
            long maxBytes,
            Overflow overflow,
            Runnable alive,
            Consumer<Buffer> whole,
            Consumer<GatewayError> failed) {
        this.source = source;
        this.overflow = overflow;
        this.alive = alive;
        this.maxBytes = Math.min(maxBytes, Integer.MAX_VALUE - 16);
        this.whole = whole;
        this.failed = failed;
    }

    public void start() {
        source.handler(this::onChunk);
        source.endHandler(end -> onEnd());
        source.exceptionHandler(broken -> fail(GatewayError.of(Kind.TRUNCATED, "The provider broke the answer off.")));
        source.resume();
    }

    /** Gives up; no consumer is called any more. */
    public void cancel() {
        if (!closed) {
            closed = true;
            source.cancel();
        }
    }

    private void onChunk(Buffer chunk) {
        if (closed) {
            return;
        }
        alive.run();
        received += chunk.length();
        if (received > maxBytes) {
            source.cancel();
            if (overflow == Overflow.CUT) {
                onEnd();
                return;
            }
            fail(GatewayError.of(
                    Kind.RESPONSE_TOO_LARGE, "The answer is larger than its limit of " + maxBytes + " bytes."));
            return;
        }
        pieces.add(chunk);
    }

    private void onEnd() {
        if (!closed) {
            closed = true;
            Buffer body = pieces.take();
            whole.accept(body == null ? Buffer.buffer() : body);
        }
    }

    private void fail(GatewayError why) {
        if (!closed) {
            closed = true;
            failed.accept(why);
        }
    }
}
