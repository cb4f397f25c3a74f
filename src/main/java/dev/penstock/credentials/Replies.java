// SPDX-License-Identifier: Apache-2.0
package dev.penstock.credentials;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.config.ProviderConfig.AwsKeys;
import dev.penstock.config.Secret;
import dev.penstock.sidecall.SideCallFailed;
import io.vertx.core.Future;
import java.io.IOException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;

/** What all answers and key files have in common. Nothing of their text reaches a message but plain words for programs. */
final class Replies {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int LONGEST_WORD = 60;

    private Replies() {}

    static JsonNode object(byte[] bytes, String what) throws NoCredentials {
        try {
            JsonNode tree = JSON.readTree(bytes);
            if (tree != null && tree.isObject()) {
                return tree;
            }
        } catch (IOException e) {
            // The parser's message holds a piece of the text.
        }
        throw new NoCredentials(what + " is not a JSON object");
    }

    /** Keys that a header can carry. */
    static AwsKeys keys(@Nullable String id, @Nullable String secret, @Nullable String session, String what)
            throws NoCredentials {
        return new AwsKeys(
                secret(id, what, "access key"),
                secret(secret, what, "secret access key"),
                session == null || session.isEmpty() ? null : secret(session, what, "session token"));
    }

    static Secret secret(@Nullable String text, String what, String part) throws NoCredentials {
        if (text == null || text.isEmpty()) {
            throw new NoCredentials(what + " has no " + part);
        }
        if (!text.chars().allMatch(c -> c > ' ' && c < 127)) {
            throw new NoCredentials("the " + part + " in " + what + " has characters that no header can carry");
        }
        return Secret.of(text);
    }

    static Instant time(@Nullable String text, String what) throws NoCredentials {
        try {
            if (text != null) {
                return Instant.parse(text);
            }
        } catch (DateTimeParseException e) {
            // The message of the exception holds the text.
        }
        throw new NoCredentials(what + " does not say until when it is valid");
    }

    /** {@code status 403, AccessDenied}: the word only if it is of letters, which no key is. */
    static String refusal(int status, @Nullable String word) {
        boolean plain = word != null
                && !word.isEmpty()
                && word.length() <= LONGEST_WORD
                && word.chars().allMatch(c -> (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_');
        return "status " + status + (plain ? ", " + word : "");
    }

    /** Runs a reader whose failures are those of the future. */
    static <T> Future<T> read(Reader<T> reader) {
        try {
            return Future.succeededFuture(reader.read());
        } catch (NoCredentials e) {
            return Future.failedFuture(e);
        }
    }

    /** From an answer to what stands in it. */
    @FunctionalInterface
    interface Reader<T> {
        T read() throws NoCredentials;
    }

    static @Nullable String text(JsonNode object, String member) {
        JsonNode value = object.path(member);
        return value.isTextual() ? value.textValue() : null;
    }

    /** A call that could not be made, as a reason. */
    static <T> Future<T> unanswered(String what, Throwable cause) {
        if (cause instanceof SideCallFailed failed) {
            return Future.failedFuture(new NoCredentials(what + " did not answer: " + failed.getMessage()));
        }
        return Future.failedFuture(cause);
    }
}
