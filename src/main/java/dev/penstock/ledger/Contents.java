// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

import dev.penstock.accounting.ExchangeRecord;
import dev.penstock.config.ContentConfig;
import dev.penstock.config.Secret;
import dev.penstock.config.TenantConfig;
import dev.penstock.exchange.Identity;
import dev.penstock.exchange.Transcript;
import dev.penstock.exchange.Transcripts;
import dev.penstock.ledger.CallContent.Said;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * What is said in the calls of those tenants that want it written down: begun when it is known who calls, redacted on the ledger's thread
 * before it leaves the memory, gone from here when its record is kept. All of it together has a bound; what does not fit is given up, and
 * its record is written without it.
 *
 * <p>Calls of all other tenants cost one look into a map, and nothing where no tenant wants it.
 */
public final class Contents implements Transcripts {

    private static final long MOST = 64L << 20;
    private static final int SHARE_OF_HEAP = 8;

    /** What one tenant wants. */
    private record Wish(ContentConfig config, Redactor redactor) {}

    /** One call. */
    private static final class Held {

        private final Wish wish;
        private final Transcript transcript;
        /** Of the ledger's thread. */
        private @Nullable CallContent clean;

        Held(Wish wish, Transcript transcript) {
            this.wish = wish;
            this.transcript = transcript;
        }
    }

    private final Map<UUID, Held> held = new ConcurrentHashMap<>();
    private final AtomicLong bytes = new AtomicLong();
    private final LongAdder dropped = new LongAdder();
    private final long most;
    private final LedgerListener listener;
    private volatile Map<String, Wish> wishes = Map.of();

    private final Transcript.Room room = new Transcript.Room() {
        @Override
        public boolean take(int more) {
            if (bytes.addAndGet(more) > most) {
                bytes.addAndGet(-more);
                return false;
            }
            return true;
        }

        @Override
        public void give(int back) {
            bytes.addAndGet(-back);
        }
    };

    Contents(LedgerListener listener) {
        this(listener, Math.min(MOST, Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP));
    }

    /** @param most bytes that are held at once */
    Contents(LedgerListener listener, long most) {
        this.listener = listener;
        this.most = most;
    }

    /**
     * What holds for calls that begin from now on.
     *
     * @param tenants of whom some may want it
     * @param secrets of this installation, which are replaced whatever a tenant wants
     */
    public void use(Collection<TenantConfig> tenants, Collection<Secret> secrets) {
        List<byte[]> known = secrets.stream()
                .map(secret -> secret.reveal().getBytes(StandardCharsets.UTF_8))
                .toList();
        Map<String, Wish> next = new HashMap<>();
        for (TenantConfig tenant : tenants) {
            ContentConfig config = tenant.content();
            if (!config.isNone()) {
                next.put(tenant.name(), new Wish(config, new Redactor(new Finder(config.redact(), known))));
            }
        }
        wishes = Map.copyOf(next);
    }

    @Override
    public @Nullable Transcript begin(Identity who, UUID exchange) {
        Map<String, Wish> now = wishes;
        Wish wish = now.isEmpty() ? null : now.get(who.tenant());
        if (wish == null || !isDrawn(exchange, wish.config().share())) {
            return null;
        }
        Transcript transcript = new Transcript(wish.config().maxBytes() + Redactor.BEHIND, room);
        held.put(exchange, new Held(wish, transcript));
        return transcript;
    }

    /** By its name, which is chance enough, and the same whoever asks. */
    static boolean isDrawn(UUID exchange, double share) {
        // The mixer of SplitMix64 (Steele, Lea, Flood 2014): the first half of a name of version 7 is a clock.
        long mixed = exchange.getLeastSignificantBits() ^ exchange.getMostSignificantBits();
        mixed = (mixed ^ (mixed >>> 30)) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
        mixed ^= mixed >>> 31;
        return (mixed >>> 11) * 0x1.0p-53 < share;
    }

    /**
     * What may be written of a call that has ended; null where nothing may. The same as often as it is asked, until it is {@link #done}.
     * On the ledger's thread.
     */
    @Nullable
    CallContent of(ExchangeRecord settled) {
        if (held.isEmpty()) {
            return null;
        }
        Held one = held.get(settled.uuid());
        if (one == null || one.transcript.isOver()) {
            return null;
        }
        if (one.clean == null) {
            one.clean = clean(one, settled);
        }
        return one.clean;
    }

    /** What cannot be redacted is not written. */
    private @Nullable CallContent clean(Held one, ExchangeRecord settled) {
        ContentConfig config = one.wish.config();
        Redactor redactor = one.wish.redactor();
        Transcript said = one.transcript;
        if (said.requestBytes() == 0 && said.answerBytes() == 0) {
            return null;
        }
        try {
            byte[] request = said.request();
            Said asked = redactor.clean(request, request.length, said.requestBytes(), false, config.maxBytes());
            Said answered = redactor.clean(
                    said.answer(), said.answerLength(), said.answerBytes(), said.isStreamed(), config.maxBytes());
            return new CallContent(settled.startedAt().plus(config.keep()), asked, answered);
        } catch (RuntimeException bug) {
            listener.onAlarm("the content of exchange " + settled.uuid() + " cannot be redacted and is not written: "
                    + bug.getClass().getSimpleName());
            said.forget();
            return null;
        }
    }

    /** The record of this call is kept, or lost: nothing of the call is needed any more. Any thread. */
    void done(UUID exchange) {
        if (held.isEmpty()) {
            return;
        }
        Held one = held.remove(exchange);
        if (one != null) {
            if (one.transcript.isOver()) {
                dropped.increment();
            }
            one.transcript.forget();
        }
    }

    /** Calls whose content was to be written and was not, because there was no room. */
    public long dropped() {
        return dropped.sum();
    }

    /** Bytes that are held at the moment. */
    long bytes() {
        return bytes.get();
    }
}
