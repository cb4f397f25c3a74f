// SPDX-License-Identifier: Apache-2.0
package dev.penstock.credentials;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.Callable;

/** Where what blocks or computes for long is done instead of on the event loop: files, RSA, XML. */
final class Worker {

    private static final int MAX_BYTES = 256 << 10;

    private final Vertx vertx;

    Worker(Vertx vertx) {
        this.vertx = vertx;
    }

    /** Completes on the event loop that called. */
    <T> Future<T> run(Callable<T> task) {
        return vertx.executeBlocking(task, false);
    }

    /**
     * A small file as text, without blanks around it. Blocks.
     *
     * @param what how messages call the file: its path may be nobody's business
     */
    static String read(Path file, String what) throws NoCredentials {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw new NoCredentials(what + " is larger than " + MAX_BYTES + " bytes");
            }
            String text = new String(bytes, StandardCharsets.UTF_8).strip();
            if (text.isEmpty()) {
                throw new NoCredentials(what + " is empty");
            }
            return text;
        } catch (NoSuchFileException e) {
            throw new NoCredentials(what + " does not exist");
        } catch (IOException e) {
            throw new NoCredentials(what + " cannot be read");
        }
    }
}
