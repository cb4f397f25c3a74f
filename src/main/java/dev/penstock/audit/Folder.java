// SPDX-License-Identifier: Apache-2.0
package dev.penstock.audit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What lies where. A segment has the number of its first record for a name, so that the order of names is the order of records:
 *
 * <pre>
 * 000000000001.jsonl   records
 * 000000000001.heads   signed heads about them
 * 000000000001.torn-2  what a crash left half written of either, kept aside
 * newest.head          the newest of all heads once more, so that a whole segment cannot simply be deleted at the end
 * key.pub              what signatures are checked with
 * lock                 held while a process writes here
 * </pre>
 */
record Folder(Path path) {

    private static final Pattern SEGMENT = Pattern.compile("([0-9]{12})\\.jsonl");
    private static final Pattern HEADS = Pattern.compile("([0-9]{12})\\.heads");

    Path segment(long first) {
        return path.resolve(name(first) + ".jsonl");
    }

    Path heads(long first) {
        return path.resolve(name(first) + ".heads");
    }

    Path key() {
        return path.resolve("key.pub");
    }

    Path newest() {
        return path.resolve("newest.head");
    }

    Path lock() {
        return path.resolve("lock");
    }

    static String name(long first) {
        return String.format(java.util.Locale.ROOT, "%012d", first);
    }

    /** A name that is free for what was torn. */
    Path aside(long first) {
        int number = 1;
        while (Files.exists(path.resolve(name(first) + ".torn-" + number))) {
            number++;
        }
        return path.resolve(name(first) + ".torn-" + number);
    }

    /** The first records of all segments, in order. */
    List<Long> segments() throws IOException {
        return numbers(SEGMENT);
    }

    /** Those whose records are gone and whose heads are not. */
    List<Long> orphans() throws IOException {
        List<Long> left = new ArrayList<>(numbers(HEADS));
        left.removeAll(segments());
        return left;
    }

    private List<Long> numbers(Pattern name) throws IOException {
        if (!Files.isDirectory(path)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(path)) {
            return files.map(file -> name.matcher(file.getFileName().toString()))
                    .filter(java.util.regex.Matcher::matches)
                    .map(match -> Long.parseLong(match.group(1)))
                    .sorted()
                    .toList();
        }
    }

    /** Everything that belongs to a segment, its records first. */
    List<Path> filesOf(long first) throws IOException {
        try (Stream<Path> files = Files.list(path)) {
            return files.filter(file -> file.getFileName().toString().startsWith(name(first) + "."))
                    .sorted(Comparator.comparing((Path file) -> !file.equals(segment(first)))
                            .thenComparing(Comparator.naturalOrder()))
                    .toList();
        }
    }

    /**
     * A file in lines.
     *
     * @param lines whole ones, without their line feeds
     * @param rest what comes behind the last line feed
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared as a record
    record Lines(List<byte[]> lines, byte[] rest) {}

    /** No lines where there is no file. */
    static Lines lines(Path file) throws IOException {
        byte[] all = Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
        List<byte[]> lines = new ArrayList<>();
        int begin = 0;
        for (int i = 0; i < all.length; i++) {
            if (all[i] == '\n') {
                lines.add(Arrays.copyOfRange(all, begin, i));
                begin = i + 1;
            }
        }
        return new Lines(lines, Arrays.copyOfRange(all, begin, all.length));
    }
}
