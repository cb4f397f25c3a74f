// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.net.URI;
import java.time.Duration;
import java.util.List;

/**
 * Whom to ask about sessions of the application.
 *
 * @param url asked by GET
 * @param forward header fields of the caller that are sent along, in small letters; nothing else is
 * @param cache how long an answer holds
 * @param timeout for the whole answer
 * @param claims where the answer says who calls
 */
public record SessionCheck(URI url, List<String> forward, Duration cache, Duration timeout, CallerClaims claims) {

    public SessionCheck {
        forward = List.copyOf(forward);
    }
}
