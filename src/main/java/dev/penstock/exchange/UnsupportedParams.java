// SPDX-License-Identifier: Apache-2.0
package dev.penstock.exchange;

/** What becomes of a request with a parameter that its provider has no word for. */
public enum UnsupportedParams {
    /** It goes out without it; a header of the answer and the request log name what was left out. */
    WARN,
    /** It goes out without it; only the request log says so. */
    DROP,
    /** It is refused, with the names of the parameters. */
    REJECT
}
