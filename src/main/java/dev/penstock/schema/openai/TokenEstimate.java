// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema.openai;

/**
 * The stand-in for a count that no provider gave: four bytes to a token, rounded up. OpenAI's help page "What are tokens and how
 * to count them" gives four characters of English text; other scripts take more bytes per character and about as many more
 * tokens, so bytes are the steadier measure. An estimate is always marked as one.
 */
public final class TokenEstimate {

    private static final int BYTES_PER_TOKEN = 4;

    private TokenEstimate() {}

    public static long tokens(long bytes) {
        return bytes / BYTES_PER_TOKEN + (bytes % BYTES_PER_TOKEN > 0 ? 1 : 0);
    }
}
