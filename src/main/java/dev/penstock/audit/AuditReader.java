// SPDX-License-Identifier: Apache-2.0
package dev.penstock.audit;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Looks things up in a folder of the audit. Reads files and so blocks; whether they are genuine is another question. */
public final class AuditReader {

    private AuditReader() {}

    /**
     * Where a segment begins.
     *
     * @param time of its first record; null where that cannot be read
     */
    record Begin(long seq, @Nullable Instant time) {}

    static Begin begin(Folder folder, long segment) throws IOException {
        try (BufferedReader lines =
                Files.newBufferedReader(folder.segment(segment), java.nio.charset.StandardCharsets.ISO_8859_1)) {
            String line = lines.readLine();
            AuditRecord first =
                    line == null ? null : AuditRecord.read(line.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
            return new Begin(segment, first == null ? null : first.time());
        }
    }

    /** One record. */
    public record Found(AuditRecord record, String line) {}

    /**
     * Records in their order, up to the limit.
     *
     * @return whether there are more
     */
    public static boolean read(Path path, AuditQuery query, Consumer<Found> to) throws IOException {
        return read(List.of(path), query, to);
    }

    /**
     * Records of several nodes by their time, up to the limit. Those of one node stay in the order of its chain, whatever its clock did.
     *
     * @return whether there are more
     */
    public static boolean read(List<Path> paths, AuditQuery query, Consumer<Found> to) throws IOException {
        List<Cursor> cursors = new ArrayList<>();
        for (Path path : paths) {
            cursors.add(new Cursor(path, query));
        }
        for (int left = query.limit(); ; left--) {
            Cursor first = null;
            Found oldest = null;
            for (Cursor cursor : cursors) {
                Found found = cursor.peek();
                if (found != null
                        && (oldest == null
                                || found.record()
                                        .time()
                                        .isBefore(oldest.record().time()))) {
                    first = cursor;
                    oldest = found;
                }
            }
            if (first == null || oldest == null || left == 0) {
                return oldest != null;
            }
            to.accept(oldest);
            first.advance();
        }
    }

    /** The public key that lies with the records, in Base64; null where there is none. */
    public static @Nullable String publicKey(Path path) throws IOException {
        Path file = new Folder(path).key();
        PublicKeyText key = Files.exists(file) ? PublicKeyText.read(file) : null;
        return key == null ? null : key.text();
    }
}
