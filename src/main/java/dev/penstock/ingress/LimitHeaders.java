// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.LimitStanding;
import dev.penstock.pipeline.ResponseHead;
import io.vertx.core.MultiMap;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * How a caller stands with its limits, in the header of its answer: {@code x-ratelimit-*} as OpenAI has it (guide "Rate limits", section
 * "Rate limits in headers"), and {@code anthropic-ratelimit-*} for clients that speak messages (API reference, "Rate limits", "Response
 * headers").
 */
final class LimitHeaders {

    private LimitHeaders() {}

    static void write(ResponseHead.@Nullable Limits limits, ApiSchema schema, MultiMap headers) {
        if (limits == null) {
            return;
        }
        boolean messages = schema == ApiSchema.ANTHROPIC_MESSAGES || schema == ApiSchema.ANTHROPIC_COUNT_TOKENS;
        LimitStanding requests = limits.requests();
        if (requests != null) {
            write(requests, "requests", messages, limits.at(), headers);
        }
        LimitStanding tokens = limits.tokens();
        if (tokens != null) {
            write(tokens, "tokens", messages, limits.at(), headers);
        }
    }

    private static void write(LimitStanding how, String what, boolean messages, Instant at, MultiMap headers) {
        String limit = Long.toString(how.limit());
        String remaining = Long.toString(Math.max(0, how.remaining()));
        headers.set("x-ratelimit-limit-" + what, limit);
        headers.set("x-ratelimit-remaining-" + what, remaining);
        headers.set("x-ratelimit-reset-" + what, span(how.resetsIn()));
        if (messages) {
            String name = "anthropic-ratelimit-" + what;
            headers.set(name + "-limit", limit);
            headers.set(name + "-remaining", remaining);
            headers.set(name + "-reset", moment(at, how.resetsIn()));
        }
    }

    /** As OpenAI writes it, {@code 20ms}, {@code 1s}, {@code 6m0s}, {@code 1h0m5s}; never shorter than it is. */
    static String span(Duration span) {
        long millis = Math.max(0, span.plusNanos(999_999).toMillis());
        if (millis > 0 && millis < 1_000) {
            return millis + "ms";
        }
        long seconds = (millis + 999) / 1_000;
        StringBuilder text = new StringBuilder(12);
        if (seconds >= 3_600) {
            text.append(seconds / 3_600).append('h');
        }
        if (seconds >= 60) {
            text.append(seconds / 60 % 60).append('m');
        }
        return text.append(seconds % 60).append('s').toString();
    }

    /** RFC 3339, to the second, never earlier than it is. */
    static String moment(Instant at, Duration in) {
        return at.plus(in)
                .plusNanos(999_999_999)
                .truncatedTo(ChronoUnit.SECONDS)
                .toString();
    }
}
