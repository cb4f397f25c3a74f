// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

import dev.penstock.config.PublicId;
import dev.penstock.config.Secret;
import dev.penstock.exchange.ChangeLog;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.Ticker;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The keys that are made, replaced and taken back at run time. Requests read a table in memory, which a change replaces as a whole;
 * the store is written first, so that what was answered holds. One for the process; any thread.
 */
public final class VirtualKeys {

    private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private static final int ID_LENGTH = 8;

    /** 43 of 62 characters carry 256 bits. */
    private static final int SECRET_LENGTH = 43;

    /**
     * Whom the keys have to do with.
     *
     * @param store outlives the process, or not
     * @param log hears of every change, once
     * @param revocations hears of keys that were revoked, here or on another node
     * @param others hears what was changed here
     */
    public record Neighbours(KeyStore store, ChangeLog log, KeyRevocations revocations, AccessAnnouncements others) {}

    /**
     * What a new key shall be.
     *
     * @param tenant empty for none
     * @param role empty for none
     * @param expires null for never
     * @param models patterns; none for all that the role may
     * @param features patterns; none for all that the role may
     * @param ips networks; none for all
     */
    public record Wish(
            String tenant,
            String role,
            @Nullable Instant expires,
            List<String> models,
            List<String> features,
            List<String> ips) {}

    /**
     * A new key.
     *
     * @param key as it is stored
     * @param secret the whole key, which nobody can show again
     */
    public record Made(StoredKey key, String secret) {

        /** Without the secret. */
        @Override
        public String toString() {
            return "Made[" + key + "]";
        }
    }

    private final Neighbours neighbours;
    private final Pepper pepper;
    private final Ticker ticker;
    private final RandomGenerator random;
    private final Map<String, LastUse> uses = new ConcurrentHashMap<>();
    private final Object changing = new Object();
    /** What other nodes said that the store does not; changed with the table, under its lock. */
    private final Map<String, StoredKey> heard = new HashMap<>();

    private final Object tables = new Object();
    private volatile KeyTable table = KeyTable.EMPTY;
    /** The change under way; the next one begins when it is done, so that none is lost. */
    private Future<?> last = Future.succeededFuture();

    /**
     * Without the keys of the store, until {@link #refresh}.
     *
     * @param random secure; used by one change at a time
     */
    public VirtualKeys(Neighbours neighbours, Pepper pepper, Ticker ticker, RandomGenerator random) {
        this.neighbours = neighbours;
        this.pepper = pepper;
        this.ticker = ticker;
        this.random = random;
    }

    /**
     * With the keys of the store.
     *
     * @param pepper from the configuration; null: the one that is kept with the keys, or one for this process where nothing is kept
     * @param random secure
     */
    public static Future<VirtualKeys> open(
            Neighbours neighbours, @Nullable Secret pepper, Ticker ticker, RandomGenerator random) {
        byte[] candidate = Pepper.random(random);
        Future<Pepper> found = pepper != null
                ? Future.succeededFuture(Pepper.of(pepper))
                : neighbours.store().pepper(candidate).map(kept -> Pepper.of(kept == null ? candidate : kept));
        return found.compose(ready -> {
            VirtualKeys keys = new VirtualKeys(neighbours, ready, ticker, random);
            return keys.refresh().map(keys);
        });
    }

    /** None, and nobody makes any. */
    static VirtualKeys none() {
        Neighbours nobody =
                new Neighbours(new MemoryKeyStore(), change -> {}, KeyRevocations.NONE, AccessAnnouncements.NONE);
        return new VirtualKeys(nobody, Pepper.of(new byte[1]), Ticker.system(), RandomGenerator.of("L64X128MixRandom"));
    }

    /** The text of a new key. */
    public static String newText(RandomGenerator random) {
        return PublicId.join(characters(random, ID_LENGTH), characters(random, SECRET_LENGTH));
    }

    private static String characters(RandomGenerator random, int length) {
        StringBuilder out = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            out.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        return out.toString();
    }

    // ---- what requests ask

    Pepper pepper() {
        return pepper;
    }

    Ticker ticker() {
        return ticker;
    }

    boolean isEmpty() {
        return table.byId().isEmpty();
    }

    KeyTable.@Nullable Held get(String publicId) {
        return table.get(publicId);
    }

    LastUse use(String keyId) {
        return uses.computeIfAbsent(keyId, id -> new LastUse());
    }

    // ---- what people ask

    /** All that are kept, the oldest first. */
    public List<StoredKey> list() {
        return table.byId().values().stream()
                .map(KeyTable.Held::key)
                .sorted(Comparator.comparing(StoredKey::created).thenComparing(StoredKey::publicId))
                .toList();
    }

    /** The minute in which a key was last accepted by this node; null where it was not since the node started. */
    public @Nullable Instant lastUsed(String keyId) {
        LastUse use = uses.get(keyId);
        return use == null ? null : use.minute();
    }

    /** The last uses of all keys, by key id. */
    public Map<String, Instant> lastUses() {
        Map<String, Instant> all = new HashMap<>();
        uses.forEach((id, use) -> {
            Instant minute = use.minute();
            if (minute != null) {
                all.put(id, minute);
            }
        });
        return all;
    }

    /** What was known of last uses before this node started. */
    public void remember(Map<String, Instant> earlier) {
        earlier.forEach((id, moment) -> use(id).at(moment));
    }

    /**
     * Makes a key.
     *
     * @param actor who wants it, for the log of changes
     */
    public Future<Made> create(Wish wish, String actor) {
        return inTurn(() -> {
            Made made = make(wish, now());
            return keep(List.of(made.key())).map(kept -> {
                tell(actor, made.key(), "", describe(made.key()));
                return made;
            });
        });
    }

    /**
     * Makes a key that may the same, and lets the old one go with a delay.
     *
     * @param overlap how long both are valid
     * @throws GatewayError (the future fails with it) when there is no such key, or it is not valid any more
     */
    public Future<Made> rotate(String publicId, Duration overlap, String actor) {
        return inTurn(() -> {
            StoredKey old = valid(publicId);
            Instant now = now();
            Wish same = new Wish(old.tenant(), old.role(), old.expires(), old.models(), old.features(), old.ips());
            Made made = make(same, now);
            StoredKey leaving = old.replaced(made.key().publicId(), now.plus(overlap));
            return keep(List.of(leaving, made.key())).map(kept -> {
                tell(actor, old, describe(old), describe(leaving));
                return made;
            });
        });
    }

    /**
     * Takes a key back: it is refused when the future succeeds, and what it had under way is being ended.
     *
     * @throws GatewayError (the future fails with it) when there is no such key, or it was revoked before
     */
    public Future<StoredKey> revoke(String publicId, String actor) {
        return inTurn(() -> {
            KeyTable.Held held = table.get(publicId);
            if (held == null || held.key().revoked() != null) {
                throw unknown();
            }
            StoredKey gone = held.key().revoked(now());
            return keep(List.of(gone)).map(kept -> {
                tell(actor, gone, describe(held.key()), describe(gone));
                return gone;
            });
        });
    }

    /** Reads the store again: at start, and when another process has changed it. What was revoked there is ended here. */
    public Future<Void> refresh() {
        return inTurn(() -> neighbours.store().load().map(keys -> {
            Map<String, StoredKey> all = new LinkedHashMap<>();
            keys.forEach(key -> all.put(key.publicId(), key));
            synchronized (tables) {
                heard.forEach((id, key) -> all.merge(id, key, StoredKey::with));
                use(all);
            }
            return null;
        }));
    }

    /**
     * Another node tells of keys. They hold at once, whatever the store does; what was revoked is ended here. A store that this node
     * does not share with the other is told as well.
     *
     * @param keys as the other node knows them; what is known here already changes nothing
     * @return completes when the store has them
     */
    public Future<Void> heard(List<StoredKey> keys) {
        List<StoredKey> news;
        synchronized (tables) {
            KeyTable before = table;
            news = keys.stream()
                    .filter(key -> {
                        KeyTable.Held held = before.get(key.publicId());
                        return held == null || !held.key().with(key).equals(held.key());
                    })
                    .toList();
            if (news.isEmpty()) {
                return Future.succeededFuture();
            }
            Map<String, StoredKey> all = all();
            for (StoredKey key : news) {
                heard.put(key.publicId(), all.merge(key.publicId(), key, StoredKey::with));
            }
            use(all);
        }
        return inTurn(() -> neighbours.store().load().compose(kept -> {
            List<StoredKey> missing = missing(news, kept);
            return missing.isEmpty()
                    ? Future.succeededFuture()
                    : neighbours.store().put(missing);
        }));
    }

    /** Of these, what a store that holds those does not know yet. */
    private static List<StoredKey> missing(List<StoredKey> news, List<StoredKey> kept) {
        Map<String, StoredKey> byId = new HashMap<>();
        kept.forEach(key -> byId.put(key.publicId(), key));
        return news.stream()
                .map(key -> {
                    StoredKey there = byId.get(key.publicId());
                    return there == null ? key : there.with(key);
                })
                .filter(key -> !key.equals(byId.get(key.publicId())))
                .toList();
    }

    // ---- what requests are checked against

    private Map<String, StoredKey> all() {
        Map<String, StoredKey> all = new LinkedHashMap<>();
        table.byId().forEach((id, held) -> all.put(id, held.key()));
        return all;
    }

    /** Instead of the table until now; with the lock of the tables. */
    private void use(Map<String, StoredKey> all) {
        KeyTable before = table;
        table = KeyTable.of(all.values(), this::use);
        all.values().stream()
                .filter(key -> key.revoked() != null && wasValid(before, key.publicId()))
                .forEach(key -> neighbours.revocations().revoked(key.publicId()));
    }

    private static boolean wasValid(KeyTable before, String publicId) {
        KeyTable.Held held = before.get(publicId);
        return held != null && held.key().revoked() == null;
    }

    /** As exact as it is kept and told. */
    private Instant now() {
        return ticker.now().truncatedTo(ChronoUnit.MILLIS);
    }

    // ---- one change after the other

    @FunctionalInterface
    private interface Step<T> {
        Future<T> run();
    }

    private <T> Future<T> inTurn(Step<T> step) {
        synchronized (changing) {
            Future<T> mine = last.transform(done -> {
                try {
                    return step.run();
                } catch (GatewayError refused) {
                    return Future.failedFuture(refused);
                }
            });
            last = mine;
            return mine;
        }
    }

    private Made make(Wish wish, Instant now) {
        String text = newText(random);
        String publicId = String.valueOf(PublicId.of(text));
        StoredKey key = new StoredKey(
                publicId,
                pepper.hmac(text),
                wish.tenant(),
                wish.role(),
                now,
                wish.expires(),
                wish.models(),
                wish.features(),
                wish.ips(),
                null,
                "");
        return new Made(key, text);
    }

    private StoredKey valid(String publicId) {
        KeyTable.Held held = table.get(publicId);
        if (held == null || held.key().revoked() != null) {
            throw unknown();
        }
        Instant end = held.key().expires();
        if (!held.key().replacedBy().isEmpty() || (end != null && !ticker.now().isBefore(end))) {
            throw GatewayError.builder(Kind.INVALID_REQUEST, "The key has expired or was replaced before.")
                    .code("key_not_current")
                    .hint("Rotate the key that took its place, or create one.")
                    .build();
        }
        return held.key();
    }

    /** First where it outlives the process, then for requests, then for other nodes. */
    private Future<Void> keep(List<StoredKey> changed) {
        return neighbours.store().put(changed).map(stored -> {
            synchronized (tables) {
                Map<String, StoredKey> all = all();
                changed.forEach(key -> all.merge(key.publicId(), key, StoredKey::with));
                use(all);
            }
            neighbours.others().changed(changed);
            return null;
        });
    }

    private void tell(String actor, StoredKey key, String before, String after) {
        neighbours.log().changed(new ChangeLog.Change(actor, "key " + key.publicId(), before, after));
    }

    private static String describe(StoredKey key) {
        StringBuilder text = new StringBuilder("tenant=")
                .append(key.tenant())
                .append(" role=")
                .append(key.role());
        if (key.expires() != null) {
            text.append(" expires=").append(key.expires());
        }
        if (!key.models().isEmpty()) {
            text.append(" models=").append(key.models());
        }
        if (!key.features().isEmpty()) {
            text.append(" features=").append(key.features());
        }
        if (!key.ips().isEmpty()) {
            text.append(" ips=").append(key.ips());
        }
        if (!key.replacedBy().isEmpty()) {
            text.append(" replaced_by=").append(key.replacedBy());
        }
        return key.revoked() == null ? text.toString() : text.append(" revoked").toString();
    }

    private static GatewayError unknown() {
        return GatewayError.builder(Kind.NOT_FOUND, "There is no such key that was made at run time and not revoked.")
                .code("unknown_key")
                .hint("GET /admin/v1/keys lists them; keys of the file are changed in the file.")
                .build();
    }
}
