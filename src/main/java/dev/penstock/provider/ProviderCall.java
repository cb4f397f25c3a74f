// SPDX-License-Identifier: Apache-2.0
package dev.penstock.provider;

import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.RequestFacts;
import dev.penstock.exchange.Target;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One attempt: what to send, where, and who wants to know. It also carries the way back: {@link #cancel()} works at every
 * moment, before the call has reached the provider room, while it connects, while the head is awaited, and afterwards; once
 * cancelled, the listener hears nothing more. Lives on one event loop; no locks.
 *
 * <pre>
 *   NEW --sent()--> SENT --reply()--> REPLIED
 *    |               |                  |
 *    +---------------+--fail()--> FAILED
 *    +---------------+------------------+--cancel()--> CANCELLED
 * </pre>
 */
public final class ProviderCall {

    /** Hears how the attempt went: exactly one of the two, or nothing after a cancel. */
    public interface Listener {

        /** A connection stands: the connect deadline is met. */
        void connected();

        /** The whole request has been handed to the connection. */
        void sent();

        void replied(ProviderReply reply);

        void failed(GatewayError error);
    }

    /**
     * What to send.
     *
     * @param target where
     * @param schema in which it is said
     * @param stream whether a stream is asked for
     * @param body the request in pieces, in order
     * @param bodyLength their sum in bytes
     * @param headers what the edge lets through, lower-case names
     * @param promptBytes size of the prompt, for answers that Penstock makes itself
     * @param facts what the client asked for, for answers that depend on it
     */
    public record Request(
            Target target,
            ApiSchema schema,
            boolean stream,
            List<Buffer> body,
            long bodyLength,
            MultiMap headers,
            long promptBytes,
            RequestFacts facts) {

        /** Of which nobody needs to know more. */
        public Request(
                Target target,
                ApiSchema schema,
                boolean stream,
                List<Buffer> body,
                long bodyLength,
                MultiMap headers,
                long promptBytes) {
            this(
                    target,
                    schema,
                    stream,
                    body,
                    bodyLength,
                    headers,
                    promptBytes,
                    RequestFacts.ofModel(target.toString()));
        }
    }

    private enum State {
        NEW,
        SENT,
        REPLIED,
        FAILED,
        CANCELLED
    }

    private final Request request;
    private final Listener listener;
    private final @Nullable KeyUse lastKey;
    private State state = State.NEW;
    private @Nullable Runnable abort;
    private @Nullable KeyUse key;

    public ProviderCall(Request request, Listener listener) {
        this(request, listener, null);
    }

    /**
     * A further attempt of an exchange.
     *
     * @param refused the key of the attempt before, when the provider refused it; this one gets another
     */
    public ProviderCall(Request request, Listener listener, @Nullable KeyUse refused) {
        this.request = request;
        this.listener = listener;
        this.lastKey = refused;
    }

    public Request request() {
        return request;
    }

    /** The key that it is signed with, where the provider has several; null where it has one, and before it is chosen. */
    public @Nullable KeyUse key() {
        return key;
    }

    /** For whoever makes the attempt: the keys that it shall not be signed with, the last one first. */
    @Nullable
    KeyUse lastKey() {
        return lastKey;
    }

    void signsWith(KeyUse chosen) {
        key = chosen;
    }

    /** Gives the attempt up in this very turn, wherever it is. */
    public void cancel() {
        if (state == State.CANCELLED || state == State.FAILED) {
            return;
        }
        state = State.CANCELLED;
        Runnable current = abort;
        abort = null;
        if (current != null) {
            current.run();
        }
    }

    /** For whoever makes the attempt: false once nobody waits for it any more. */
    public boolean wanted() {
        return state == State.NEW || state == State.SENT;
    }

    /** For whoever makes the attempt: how to give it up from now on. Runs at once when it was cancelled already. */
    public void onCancel(Runnable action) {
        if (state == State.CANCELLED) {
            action.run();
        } else {
            abort = action;
        }
    }

    public void connected() {
        if (state == State.NEW) {
            listener.connected();
        }
    }

    /** False once it was given up; the answer may be there already. */
    public boolean cancelled() {
        return state == State.CANCELLED || state == State.FAILED;
    }

    public void sent() {
        if (state == State.NEW) {
            state = State.SENT;
            listener.sent();
        }
    }

    public void reply(ProviderReply reply) {
        if (wanted()) {
            state = State.REPLIED;
            listener.replied(reply);
        } else {
            reply.body().cancel();
        }
    }

    public void fail(GatewayError error) {
        if (wanted()) {
            state = State.FAILED;
            abort = null;
            listener.failed(error);
        }
    }
}
