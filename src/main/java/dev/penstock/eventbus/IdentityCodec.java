// SPDX-License-Identifier: Apache-2.0
package dev.penstock.eventbus;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.MessageCodec;

/**
 * Hands an object over by reference. It refuses the wire, so a call can never leave the process by mistake.
 *
 * @param <T> the exact, final class of the message
 */
final class IdentityCodec<T> implements MessageCodec<T, T> {

    private final String name;

    IdentityCodec(Class<T> type) {
        this.name = "penstock." + type.getSimpleName();
    }

    @Override
    public void encodeToWire(Buffer buffer, T message) {
        throw new IllegalStateException(name + " is local to a shard and must not be sent over the wire");
    }

    @Override
    public T decodeFromWire(int position, Buffer buffer) {
        throw new IllegalStateException(name + " is local to a shard and cannot come from the wire");
    }

    @Override
    public T transform(T message) {
        return message;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public byte systemCodecID() {
        return -1;
    }
}
