// SPDX-License-Identifier: Apache-2.0
package dev.penstock.pipeline;

import java.nio.charset.StandardCharsets;

/**
 * Whether a conversation in Anthropic's schema holds reasoning that another provider has signed. Penstock has put it there when that
 * provider answered; Anthropic would refuse it, so such a request is translated into its own schema instead of passed on: the translation
 * leaves out what is not Anthropic's.
 */
final class ForeignSignature {

    /** As {@code translation.messages} writes it, at the beginning of a string. */
    private static final byte[] MARK = "\"penstock:".getBytes(StandardCharsets.US_ASCII);

    private ForeignSignature() {}

    static boolean in(byte[] body) {
        int last = body.length - MARK.length;
        for (int i = 0; i <= last; i++) {
            if (body[i] == MARK[0] && body[i + 1] == MARK[1] && matches(body, i)) {
                return true;
            }
        }
        return false;
    }

    private static boolean matches(byte[] body, int at) {
        for (int i = 2; i < MARK.length; i++) {
            if (body[at + i] != MARK[i]) {
                return false;
            }
        }
        return true;
    }
}
