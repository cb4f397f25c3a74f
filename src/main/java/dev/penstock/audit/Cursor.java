// SPDX-License-Identifier: Apache-2.0
package dev.penstock.audit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Goes through the records of a folder that a query asks for, a segment at a time. */
final class Cursor {

    private final Folder folder;
    private final AuditQuery query;
    private final List<Long> segments;
    private final Deque<byte[]> lines = new ArrayDeque<>();
    private int segment;
    private AuditReader.@Nullable Found next;

    Cursor(Path path, AuditQuery query) throws IOException {
        this.folder = new Folder(path);
        this.query = query;
        this.segments = folder.segments();
        advance();
    }

    /** Where it stands; null behind the last one. */
    AuditReader.@Nullable Found peek() {
        return next;
    }

    void advance() throws IOException {
        next = null;
        while (next == null && (!lines.isEmpty() || segment < segments.size())) {
            byte[] line = lines.poll();
            if (line == null) {
                load(segment++);
                continue;
            }
            AuditRecord record = AuditRecord.read(line);
            if (record != null && query.matches(record)) {
                next = new AuditReader.Found(record, new String(line, UTF_8));
            }
        }
    }

    private void load(int number) throws IOException {
        try {
            Long behind = number + 1 < segments.size() ? segments.get(number + 1) : null;
            AuditReader.Begin end = behind == null ? null : AuditReader.begin(folder, behind);
            if (query.mayTouch(AuditReader.begin(folder, segments.get(number)), end)) {
                lines.addAll(Folder.lines(folder.segment(segments.get(number))).lines());
            }
        } catch (NoSuchFileException e) {
            // Its time was over while this was reading.
        }
    }
}
