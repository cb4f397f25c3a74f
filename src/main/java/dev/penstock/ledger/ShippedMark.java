// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.zip.CRC32C;

/**
 * Up to which place of the journal the store has everything, in a small file that is replaced whole. Should it be lost, more is
 * shipped again than needed: the store knows what it has.
 */
final class ShippedMark {

    private static final String NAME = "shipped";

    private final Path file;
    private final Path next;

    ShippedMark(Path folder) {
        this.file = folder.resolve(NAME);
        this.next = folder.resolve(NAME + ".next");
    }

    /** 0 where nothing is known. */
    long read() throws IOException {
        String text;
        try {
            text = Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException e) {
            return 0;
        }
        int space = text.indexOf(' ');
        if (space <= 0 || space > 19 || !text.equals(line(text.substring(0, space)))) {
            return 0;
        }
        long mark = 0;
        for (int i = 0; i < space; i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return 0;
            }
            mark = mark * 10 + digit;
        }
        return Math.max(0, mark);
    }

    void write(long place) throws IOException {
        Files.writeString(next, line(Long.toString(place)), StandardCharsets.ISO_8859_1);
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    void delete() throws IOException {
        Files.deleteIfExists(file);
    }

    private static String line(String place) {
        CRC32C crc = new CRC32C();
        byte[] bytes = place.getBytes(StandardCharsets.ISO_8859_1);
        crc.update(bytes, 0, bytes.length);
        return place + ' ' + Long.toHexString(crc.getValue()) + '\n';
    }
}
