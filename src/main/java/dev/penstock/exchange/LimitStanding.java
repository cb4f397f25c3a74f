// SPDX-License-Identifier: Apache-2.0
package dev.penstock.exchange;

import java.time.Duration;

/**
 * How a caller stands with one limit: what {@code x-ratelimit-*} says.
 *
 * @param name which limit, such as {@code tenant acme rpm}; no secret
 * @param limit requests or tokens per window
 * @param remaining of them in this window
 * @param resetsIn until all of them are there again
 */
public record LimitStanding(String name, long limit, long remaining, Duration resetsIn) {}
