// SPDX-License-Identifier: Apache-2.0
package dev.penstock.switches;

import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.SwitchObject;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Why a call is not served. Made when the switch is flipped, not for each call.
 *
 * @param object what is switched off
 * @param reason as whoever flipped the switch gave it; perhaps empty
 * @param until when the flip or the line of the file ends that says so; null for never
 */
public record Refusal(
        SwitchObject object, String reason, @Nullable Instant until) {

    /** For the client: before commit an answer of its schema, after it the error of its stream. */
    public GatewayError error(Instant now) {
        GatewayError.Builder error = GatewayError.builder(
                        GatewayError.Kind.SWITCHED_OFF, what() + " is switched off" + why() + ".")
                .code("switched_off");
        if (until == null) {
            return error.hint("Whoever runs this gateway can switch it on again.")
                    .build();
        }
        Duration left = Duration.between(now, until);
        return error.hint("This holds until " + until + ".")
                .retryAfter(left.isPositive() ? left : Duration.ofSeconds(1))
                .build();
    }

    /** For the list of targets that a request would try. */
    public String inWords() {
        return "switched off" + why();
    }

    private String why() {
        String said = reason.endsWith(".") ? reason.substring(0, reason.length() - 1) : reason;
        return said.isEmpty() ? "" : ": " + said;
    }

    private String what() {
        String name = "\"" + object.name() + "\"";
        return switch (object.kind()) {
            case GATEWAY -> "The gateway";
            case TENANT -> "The access of " + name;
            case FEATURE -> "The feature " + name;
            case MODEL -> "The model " + name;
            case PROVIDER -> "The provider " + name;
            case KEY -> "The key " + name;
        };
    }
}
