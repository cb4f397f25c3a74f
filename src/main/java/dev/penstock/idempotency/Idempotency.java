// SPDX-License-Identifier: Apache-2.0
package dev.penstock.idempotency;

import dev.penstock.config.IdempotencyConfig;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.Identity;
import dev.penstock.exchange.Timers;
import dev.penstock.idempotency.AnswerStore.Ask;
import dev.penstock.idempotency.AnswerStore.Standing;
import dev.penstock.idempotency.IdempotencyListener.Event;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Named calls of one event loop. A name belongs to the tenant of the caller's key, or to the key and its user where there is no tenant: two
 * tenants that give the same name never meet.
 *
 * <p>What follows is the draft draft-ietf-httpapi-idempotency-key-header-07: 409 while the first call is under way, 422 when the same name comes
 * with something else, the first answer afterwards. When nobody knows how the call stands it is refused: who asks for protection must not
 * pay twice.
 */
public final class Idempotency {

    private static final Duration COME_BACK = Duration.ofSeconds(1);

    /** Longer than any store lets one wait: whoever calls is answered, whatever has become of the store. */
    static final Duration PATIENCE = Duration.ofMillis(1_250);

    private final AnswerStore store;
    private final Supplier<IdempotencyConfig> settings;
    private final Executor loop;
    private final Timers timers;
    private final IdempotencyListener listener;

    /**
     * Of an event loop.
     *
     * @param settings those in force; asked for each call
     * @param loop where answers of the store are heard
     */
    public Idempotency(
            AnswerStore store,
            Supplier<IdempotencyConfig> settings,
            Executor loop,
            Timers timers,
            IdempotencyListener listener) {
        this.store = store;
        this.settings = settings;
        this.loop = loop;
        this.timers = timers;
        this.listener = listener;
    }

    /** The largest answer that is kept, in bytes. */
    public int maxAnswerBytes() {
        return settings.get().maxAnswerBytes();
    }

    /** An answer was larger than that. */
    public void tooLarge() {
        listener.happened(Event.TOO_LARGE);
    }

    /**
     * Asks whether a call may be made.
     *
     * @param name that the client gave it
     * @param door what it was sent to: method and path, or what is the same as these
     * @param body what is asked
     * @param owner of this call among all, such as the id of its exchange
     * @param next hears of it once, on the event loop
     */
    public void begin(Identity who, String name, String door, byte[] body, String owner, Consumer<Beginning> next) {
        Ask ask = new Ask(call(who, name), fingerprint(door, body), owner);
        Question question = new Question(ask, next);
        question.patience = timers.after(PATIENCE, () -> question.hear(Standing.UNKNOWN));
        store.claim(ask, standing -> loop.execute(() -> question.hear(standing)));
    }

    /** What the store was asked for a call, and has not answered yet. */
    private final class Question {

        private final Ask ask;
        private final Consumer<Beginning> next;
        private Timers.@Nullable Timer patience;
        private boolean heard;

        Question(Ask ask, Consumer<Beginning> next) {
            this.ask = ask;
            this.next = next;
        }

        void hear(Standing standing) {
            if (!heard) {
                heard = true;
                if (patience != null) {
                    patience.cancel();
                }
                next.accept(beginning(ask, standing));
            } else if (standing instanceof Standing.Claimed) {
                // It came too late, and nobody is going to make the call.
                store.free(ask);
            }
        }
    }

    private Beginning beginning(Ask ask, Standing standing) {
        return switch (standing) {
            case Standing.Claimed mine -> {
                listener.happened(Event.FIRST);
                yield new Beginning.First(
                        new Claim(store, ask, () -> settings.get().ttl(), timers));
            }
            case Standing.Answered before -> again(before);
            case Standing.UnderWay other -> {
                listener.happened(Event.IN_FLIGHT);
                yield new Beginning.Refused(underWay());
            }
            case Standing.Different other -> {
                listener.happened(Event.MISMATCH);
                yield new Beginning.Refused(different());
            }
            case Standing.Unknown nobody -> {
                listener.happened(Event.UNAVAILABLE);
                yield new Beginning.Refused(unknown());
            }
        };
    }

    private Beginning again(Standing.Answered before) {
        KeptAnswer answer = KeptAnswer.of(before.answer());
        if (answer == null) {
            listener.happened(Event.UNAVAILABLE);
            return new Beginning.Refused(unknown());
        }
        listener.happened(Event.REPLAYED);
        return new Beginning.Again(answer);
    }

    private static GatewayError underWay() {
        return GatewayError.builder(
                        Kind.IDEMPOTENCY_IN_FLIGHT, "A request with the same Idempotency-Key is still being answered.")
                .param("idempotency-key")
                .hint("Send it again when that one has ended: it gets the same answer.")
                .retryAfter(COME_BACK)
                .build();
    }

    private static GatewayError different() {
        return GatewayError.builder(
                        Kind.IDEMPOTENCY_MISMATCH, "The Idempotency-Key was used before for a different request.")
                .param("idempotency-key")
                .hint("Use a new key for a new request.")
                .build();
    }

    private static GatewayError unknown() {
        return GatewayError.builder(
                        Kind.IDEMPOTENCY_UNAVAILABLE,
                        "The gateway cannot tell at the moment whether this request was made before.")
                .hint("Send it again; or without Idempotency-Key, if it may be made twice.")
                .retryAfter(COME_BACK)
                .build();
    }

    private static String call(Identity who, String name) {
        MessageDigest digest = sha256();
        if (who.isNone()) {
            part(digest, "key");
            part(digest, who.keyId());
            part(digest, who.user());
        } else {
            part(digest, "tenant");
            part(digest, who.tenant());
        }
        part(digest, name);
        return HexFormat.of().formatHex(digest.digest());
    }

    private static String fingerprint(String door, byte[] body) {
        MessageDigest digest = sha256();
        part(digest, door);
        digest.update(body);
        return HexFormat.of().formatHex(digest.digest());
    }

    /** With an end that no text has, so that two parts never read as two others. */
    private static void part(MessageDigest digest, String text) {
        digest.update(text.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0xff);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
