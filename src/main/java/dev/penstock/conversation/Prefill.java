// SPDX-License-Identifier: Apache-2.0
package dev.penstock.conversation;

/** What a provider makes of a last message of the assistant. */
public enum Prefill {
    /** It is refused, or taken for something that has been said already, or nobody knows. */
    UNKNOWN,
    /** The answer goes on behind it. */
    CONTINUED,
    /** The answer repeats it and goes on. */
    REPEATED
}
