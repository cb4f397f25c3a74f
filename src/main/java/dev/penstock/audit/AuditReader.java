// SPDX-License-Identifier: Apache-2.0
package dev.penstock.audit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
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
        Folder folder = new Folder(path);
        List<Long> segments = folder.segments();
        int left = query.limit();
        for (int i = 0; i < segments.size(); i++) {
            try {
                Long next = i + 1 < segments.size() ? segments.get(i + 1) : null;
                Begin behind = next == null ? null : begin(folder, next);
                if (!query.mayTouch(begin(folder, segments.get(i)), behind)) {
                    continue;
                }
                for (byte[] line : Folder.lines(folder.segment(segments.get(i))).lines()) {
                    AuditRecord record = AuditRecord.read(line);
                    if (record == null || !query.matches(record)) {
                        continue;
                    }
                    if (left-- == 0) {
                        return true;
                    }
                    to.accept(new Found(record, new String(line, UTF_8)));
                }
            } catch (NoSuchFileException e) {
                // Its time was over while this was reading.
            }
        }
        return false;
    }

    /** The public key that lies with the records, in Base64; null where there is none. */
    public static @Nullable String publicKey(Path path) throws IOException {
        Path file = new Folder(path).key();
        PublicKeyText key = Files.exists(file) ? PublicKeyText.read(file) : null;
        return key == null ? null : key.text();
    }
}
