// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.chat;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Ids of tool calls as the target takes them: OpenAI up to 40 characters, Mistral exactly nine letters or digits. An id that does
 * not fit is replaced by a digest of it, the same for the call and its result and in every turn, so nothing has to be remembered.
 */
final class ToolIds {

    private static final int LONGEST = 40;
    private static final int DIGEST = 24;
    private static final int MISTRAL = 9;

    private ToolIds() {}

    static String fit(String id, ModelTraits traits) {
        if (traits.nineCharacterIds()) {
            return id.length() == MISTRAL && id.chars().allMatch(ToolIds::isPlain) ? id : digest(id, MISTRAL);
        }
        return id.length() <= LONGEST && !id.isEmpty() ? id : "call_" + digest(id, DIGEST);
    }

    private static boolean isPlain(int c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }

    private static String digest(String id, int length) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(id.getBytes(StandardCharsets.UTF_8));
            String text = new BigInteger(1, hash).toString(36);
            return text.length() >= length ? text.substring(0, length) : "0".repeat(length - text.length()) + text;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
