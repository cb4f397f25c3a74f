// SPDX-License-Identifier: Apache-2.0
package dev.penstock.provider;

import dev.penstock.config.Secret;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.core.MultiMap;

/** The key itself is the proof: one header field, the same in every request. */
final class KeyHeader implements RequestSigner {

    private final CharSequence name;
    private final CharSequence value;

    private KeyHeader(CharSequence name, CharSequence value) {
        this.name = name;
        this.value = value;
    }

    static KeyHeader bearer(Secret key) {
        return new KeyHeader(HttpHeaderNames.AUTHORIZATION, "Bearer " + key.reveal());
    }

    static KeyHeader named(String name, Secret key) {
        return new KeyHeader(name, key.reveal());
    }

    @Override
    public void sign(MultiMap headers, Outgoing request) {
        headers.set(name, value);
    }
}
