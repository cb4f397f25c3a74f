// SPDX-License-Identifier: Apache-2.0
package dev.penstock.provider;

import dev.penstock.config.ProviderConfig;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.Ticker;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Several keys of one provider on one shard, taken in turn by their weights: smooth weighted round robin, as nginx has it, so
 * that keys of weights 3 and 1 give A A B A and not A A A B. Keys that are set aside are passed over; when all of them are, the
 * one whose time ends first is tried. A pick allocates nothing and asks for the time only where a key has
 * been set aside.
 */
final class KeyRing implements Credentials {

    private static final Future<RequestSigner> NONE_LEFT = Future.failedFuture(GatewayError.of(
            Kind.CONNECT_FAILED, "The keys of the provider have changed while the request was being tried."));

    private final Key[] keys;
    private final Ticker ticker;

    /** A key and its place in the turn. */
    private static final class Key {

        private final KeyState state;
        private final int weight;
        private final Future<RequestSigner> signer;
        private long credit;

        Key(KeyState state, int weight, RequestSigner signer) {
            this.state = state;
            this.weight = weight;
            this.signer = Future.succeededFuture(signer);
        }
    }

    private KeyRing(Key[] keys, Ticker ticker) {
        this.keys = keys;
        this.ticker = ticker;
    }

    static KeyRing of(ProviderConfig config, ProviderKeys known) {
        List<ProviderConfig.ApiKey> named = config.apiKeys();
        Key[] keys = new Key[named.size()];
        KeyRing ring = new KeyRing(keys, known.ticker());
        for (int i = 0; i < keys.length; i++) {
            ProviderConfig.ApiKey key = named.get(i);
            KeyState state = known.state(config.name(), key);
            RequestSigner header = RequestSigner.of(config.type(), key.secret());
            keys[i] = new Key(state, key.weight(), new KeySigner(ring, state, header));
        }
        return ring;
    }

    @Override
    public Future<RequestSigner> next() {
        return next(null);
    }

    @Override
    public Future<RequestSigner> next(@Nullable KeyUse before) {
        Key best = null;
        long total = 0;
        for (Key key : keys) {
            if (isUsable(key.state) && !isAmong(before, key.state)) {
                key.credit += key.weight;
                total += key.weight;
                if (best == null || key.credit > best.credit) {
                    best = key;
                }
            }
        }
        if (best == null) {
            best = soonest(before);
            return best == null ? NONE_LEFT : best.signer;
        }
        best.credit -= total;
        return best.signer;
    }

    /** Whether a key that the exchange has not met could be used now. */
    boolean hasOther(KeyUse met) {
        for (Key key : keys) {
            if (isUsable(key.state) && !isAmong(met, key.state)) {
                return true;
            }
        }
        return false;
    }

    private boolean isUsable(KeyState state) {
        KeyState.Aside aside = state.aside();
        return aside == null || aside.untilNanos() - ticker.nanos() <= 0;
    }

    private @Nullable Key soonest(@Nullable KeyUse before) {
        long now = ticker.nanos();
        Key soonest = null;
        for (Key key : keys) {
            boolean first = soonest == null || key.state.nanosAside(now) < soonest.state.nanosAside(now);
            if (first && !isAmong(before, key.state)) {
                soonest = key;
            }
        }
        return soonest;
    }

    private static boolean isAmong(@Nullable KeyUse met, KeyState state) {
        for (KeyUse use = met; use != null; use = use.before()) {
            if (use.state() == state) {
                return true;
            }
        }
        return false;
    }

    /** Signs with one key and knows whose it is. */
    record KeySigner(KeyRing ring, KeyState state, RequestSigner header) implements RequestSigner {

        @Override
        public void sign(MultiMap headers, Outgoing request) {
            header.sign(headers, request);
        }
    }
}
