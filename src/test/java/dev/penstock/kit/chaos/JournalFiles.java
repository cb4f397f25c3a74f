// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit.chaos;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * Reads the files of a ledger's journal after the process is gone, by the description of the format and not by the program's own
 * reader: a mistake in the one is not in the other.
 */
public final class JournalFiles {

    private static final int MARK = 0x504E4C52;
    private static final int HEAD = 16;
    private static final int FRAME = 12;

    private JournalFiles() {}

    /**
     * One record.
     *
     * @param uuid of the exchange
     * @param id as the client said it in {@code x-request-id}
     */
    public record Entry(UUID uuid, String id) {}

    /** All whole records in all files below the folder; an unfinished one at the end of a file is left out. */
    public static List<Entry> read(Path ledger) throws IOException {
        List<Path> files;
        try (Stream<Path> below = Files.walk(ledger)) {
            files = below.filter(file -> file.toString().endsWith(".journal"))
                    .sorted()
                    .toList();
        }
        List<Entry> entries = new ArrayList<>();
        for (Path file : files) {
            read(ByteBuffer.wrap(Files.readAllBytes(file)), file, entries);
        }
        return entries;
    }

    /** Whether the first file of every journal is still there: those whose records the store has are deleted in the end. */
    public static boolean isFromTheBeginning(Path ledger) throws IOException {
        try (Stream<Path> below = Files.walk(ledger)) {
            List<Path> files =
                    below.filter(file -> file.toString().endsWith(".journal")).toList();
            return files.stream().map(Path::getParent).distinct().allMatch(folder -> files.stream()
                    .filter(file -> folder.equals(file.getParent()))
                    .anyMatch(file -> file.getFileName().toString().matches("0+\\.journal")));
        }
    }

    private static void read(ByteBuffer bytes, Path file, List<Entry> into) {
        bytes.position(Math.min(HEAD, bytes.limit()));
        while (bytes.remaining() >= FRAME) {
            int start = bytes.position();
            int length = bytes.getInt(start + 4);
            if (bytes.getInt(start) != MARK || length <= 0) {
                throw new AssertionError(file + ": no record at " + start);
            }
            if (length > bytes.remaining() - FRAME) {
                return;
            }
            CRC32C crc = new CRC32C();
            crc.update(bytes.array(), start + 4, 4);
            crc.update(bytes.array(), start + FRAME, length);
            if ((int) crc.getValue() != bytes.getInt(start + 8)) {
                throw new AssertionError(file + ": damaged at " + start);
            }
            bytes.position(start + FRAME + 1);
            text(bytes);
            into.add(new Entry(new UUID(bytes.getLong(), bytes.getLong()), text(bytes)));
            bytes.position(start + FRAME + length);
        }
    }

    private static String text(ByteBuffer bytes) {
        long folded = 0;
        int shift = 0;
        byte next;
        do {
            next = bytes.get();
            folded |= (long) (next & 0x7f) << shift;
            shift += 7;
        } while (next < 0);
        byte[] text = new byte[(int) (folded >>> 1) - 1];
        bytes.get(text);
        return new String(text, StandardCharsets.UTF_8);
    }
}
