// SPDX-License-Identifier: Apache-2.0
package dev.penstock.exchange;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The one exception of the traffic path: what happened, whose fault it is, and whether trying again can help. Stackless,
 * because it is a value that travels through futures; bugs keep their own exceptions with their stacks.
 *
 * <p>{@link #getMessage()} is safe to show to a client: it never holds a key, an internal URL or a byte of a prompt.
 */
public final class GatewayError extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** Whose fault it is. */
    public enum Origin {
        CLIENT,
        GATEWAY,
        UPSTREAM
    }

    /** Whether trying again can help. */
    public enum Retry {
        NEVER,
        SAME_TARGET,
        OTHER_TARGET,
        /** The same target will refuse it again, however often it is asked: a key, an account, a model that it lacks. */
        ONLY_OTHER_TARGET
    }

    /** What happened. The label is a metric value and a log field. */
    public enum Kind {
        INVALID_REQUEST(Origin.CLIENT, 400, Retry.NEVER),
        UNAUTHENTICATED(Origin.CLIENT, 401, Retry.NEVER),
        /** A limit of money is used up. */
        BUDGET_EXHAUSTED(Origin.CLIENT, 402, Retry.NEVER),
        /** Known, and not allowed. */
        FORBIDDEN(Origin.CLIENT, 403, Retry.NEVER),
        MODEL_NOT_FOUND(Origin.CLIENT, 404, Retry.NEVER),
        NOT_FOUND(Origin.CLIENT, 404, Retry.NEVER),
        METHOD_NOT_ALLOWED(Origin.CLIENT, 405, Retry.NEVER),
        REQUEST_TIMEOUT(Origin.CLIENT, 408, Retry.NEVER),
        /** A call of that name is under way. */
        IDEMPOTENCY_IN_FLIGHT(Origin.CLIENT, 409, Retry.SAME_TARGET),
        BODY_TOO_LARGE(Origin.CLIENT, 413, Retry.NEVER),
        UNSUPPORTED_MEDIA_TYPE(Origin.CLIENT, 415, Retry.NEVER),
        /** The name of the call was given to another one. */
        IDEMPOTENCY_MISMATCH(Origin.CLIENT, 422, Retry.NEVER),
        /** Beyond a limit of requests, tokens or concurrency. */
        RATE_LIMITED(Origin.CLIENT, 429, Retry.NEVER),
        HEADERS_TOO_LARGE(Origin.CLIENT, 431, Retry.NEVER),
        CLIENT_GONE(Origin.CLIENT, 499, Retry.NEVER),
        SLOW_READER(Origin.CLIENT, 499, Retry.NEVER),
        INTERNAL(Origin.GATEWAY, 500, Retry.NEVER),
        OVERLOADED(Origin.GATEWAY, 503, Retry.SAME_TARGET),
        /** Nobody knows whether a call of that name was made before. */
        IDEMPOTENCY_UNAVAILABLE(Origin.GATEWAY, 503, Retry.SAME_TARGET),
        /** Disabled by a switch. */
        SWITCHED_OFF(Origin.GATEWAY, 503, Retry.NEVER),
        DRAINING(Origin.GATEWAY, 503, Retry.SAME_TARGET),
        LOOP_DETECTED(Origin.CLIENT, 508, Retry.NEVER),
        /** The provider answered with an error of its own; status and message come from it. */
        PROVIDER_ERROR(Origin.UPSTREAM, 502, Retry.OTHER_TARGET),
        /** The provider could not be reached: refused, unresolved, TLS failure. */
        CONNECT_FAILED(Origin.UPSTREAM, 502, Retry.OTHER_TARGET),
        CONNECT_TIMEOUT(Origin.UPSTREAM, 504, Retry.OTHER_TARGET),
        /** The target was not asked, because too many attempts before had failed. */
        BREAKER_OPEN(Origin.UPSTREAM, 503, Retry.ONLY_OTHER_TARGET),
        FIRST_TOKEN_TIMEOUT(Origin.UPSTREAM, 504, Retry.OTHER_TARGET),
        IDLE_TIMEOUT(Origin.UPSTREAM, 504, Retry.OTHER_TARGET),
        TOTAL_TIMEOUT(Origin.UPSTREAM, 504, Retry.NEVER),
        /** The connection ended or broke before the provider's terminal marker. */
        TRUNCATED(Origin.UPSTREAM, 502, Retry.OTHER_TARGET),
        /** The provider sent something that its protocol does not allow: HTML, broken JSON, no SSE. */
        INVALID_UPSTREAM(Origin.UPSTREAM, 502, Retry.OTHER_TARGET),
        /** An event or the whole answer is larger than the configured maximum. */
        RESPONSE_TOO_LARGE(Origin.UPSTREAM, 502, Retry.OTHER_TARGET);

        private final Origin origin;
        private final int status;
        private final Retry retry;
        private final String label = name().toLowerCase(java.util.Locale.ROOT);

        Kind(Origin origin, int status, Retry retry) {
            this.origin = origin;
            this.status = status;
            this.retry = retry;
        }

        public Origin origin() {
            return origin;
        }

        /** The usual HTTP status towards the client. */
        public int status() {
            return status;
        }

        public String label() {
            return label;
        }
    }

    private final Kind kind;
    private final int status;
    private final Retry retry;
    private final @Nullable String param;
    private final @Nullable String code;
    private final @Nullable String hint;
    private final @Nullable Duration retryAfter;
    private final @Nullable KeyFault keyFault;

    private GatewayError(Builder b) {
        super(b.message, null, false, false);
        this.kind = b.kind;
        this.status = b.status;
        this.retry = b.retry;
        this.param = b.param;
        this.code = b.code;
        this.hint = b.hint;
        this.retryAfter = b.retryAfter;
        this.keyFault = b.keyFault;
    }

    public static GatewayError of(Kind kind, String safeMessage) {
        return builder(kind, safeMessage).build();
    }

    public static Builder builder(Kind kind, String safeMessage) {
        return new Builder(kind, safeMessage);
    }

    public Kind kind() {
        return kind;
    }

    public Origin origin() {
        return kind.origin;
    }

    public Retry retry() {
        return retry;
    }

    /** The HTTP status towards the client, as long as the exchange is not committed. */
    public int status() {
        return status;
    }

    public @Nullable String param() {
        return param;
    }

    /** A stable word for programs, such as {@code model_not_found}. */
    public @Nullable String code() {
        return code;
    }

    /** What the reader can do about it. */
    public @Nullable String hint() {
        return hint;
    }

    public @Nullable Duration retryAfter() {
        return retryAfter;
    }

    /** The same error with another time to come back. */
    public GatewayError withRetryAfter(Duration value) {
        Builder same = builder(kind, String.valueOf(getMessage()));
        return same.status(status)
                .retry(retry)
                .param(param)
                .code(code)
                .hint(hint)
                .keyFault(keyFault)
                .retryAfter(value)
                .build();
    }

    /** What it says about the key that the provider was called with; null when it is about something else. */
    public @Nullable KeyFault keyFault() {
        return keyFault;
    }

    /** Collects the optional parts. */
    public static final class Builder {
        private final Kind kind;
        private final String message;
        private int status;
        private Retry retry;
        private @Nullable String param;
        private @Nullable String code;
        private @Nullable String hint;
        private @Nullable Duration retryAfter;
        private @Nullable KeyFault keyFault;

        private Builder(Kind kind, String message) {
            this.kind = kind;
            this.message = message;
            this.status = kind.status;
            this.retry = kind.retry;
        }

        public Builder status(int value) {
            this.status = value;
            return this;
        }

        /** For who knows better than the kind. */
        public Builder retry(Retry value) {
            this.retry = value;
            return this;
        }

        public Builder param(@Nullable String value) {
            this.param = value;
            return this;
        }

        public Builder code(@Nullable String value) {
            this.code = value;
            return this;
        }

        public Builder hint(@Nullable String value) {
            this.hint = value;
            return this;
        }

        public Builder retryAfter(@Nullable Duration value) {
            this.retryAfter = value;
            return this;
        }

        public Builder keyFault(@Nullable KeyFault value) {
            this.keyFault = value;
            return this;
        }

        public GatewayError build() {
            return new GatewayError(this);
        }
    }
}
