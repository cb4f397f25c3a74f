// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * A stream of our own making, modelled on what one server is known to send, with what a careful reader makes of it.
 *
 * @param name such as {@code groq-usage-in-x-groq}
 * @param bytes the body as the server would send it
 * @param expected choices, usage, error, done, complete
 */
public record GoldenStream(String name, byte[] bytes, JsonNode expected) {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** All golden streams of a protocol, such as {@code openai-chat}, in the order of their names. */
    public static List<GoldenStream> all(String protocol) {
        Path folder = Path.of(System.getProperty("penstock.basedir", "."), "src/test/resources/golden", protocol);
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".sse"))
                    .sorted()
                    .map(GoldenStream::load)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static GoldenStream load(Path file) {
        String fileName = file.getFileName().toString();
        String name = fileName.substring(0, fileName.length() - ".sse".length());
        try {
            return new GoldenStream(
                    name,
                    Files.readAllBytes(file),
                    JSON.readTree(file.resolveSibling(name + ".expected.json").toFile()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
