// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The folder that one process has for itself: {@code 0} below that of the ledger, or the next number that no other process holds, as
 * while one drains and its successor serves. What lies in the folders of processes that are gone is taken over. The lock is one of
 * the operating system and ends with the process, however that ends.
 */
final class JournalFolder implements AutoCloseable {

    private static final int MOST = 16;
    private static final String LOCK = "lock";

    private final Path path;
    private final FileChannel held;

    private JournalFolder(Path path, FileChannel held) {
        this.path = path;
        this.held = held;
    }

    /** Fails where all are held, or the file system refuses. */
    static JournalFolder claim(Path home) throws IOException {
        for (int i = 0; i < MOST; i++) {
            JournalFolder folder = tryClaim(home.resolve(Integer.toString(i)));
            if (folder != null) {
                try {
                    folder.adopt(home, i);
                } catch (IOException e) {
                    folder.close();
                    throw e;
                }
                return folder;
            }
        }
        throw new IOException("other processes hold all " + MOST + " folders in " + home);
    }

    private static @Nullable JournalFolder tryClaim(Path path) throws IOException {
        Files.createDirectories(path, owners(path));
        FileChannel channel = FileChannel.open(path.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = null;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            // Another gateway of this very process has it.
        } finally {
            if (lock == null) {
                channel.close();
            }
        }
        return lock == null ? null : new JournalFolder(path, channel);
    }

    /** For its owner alone: what was said in calls may lie in it. */
    private static FileAttribute<?>[] owners(Path path) {
        boolean posix = path.getFileSystem().supportedFileAttributeViews().contains("posix");
        return posix
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
                }
                : new FileAttribute<?>[0];
    }

    Path path() {
        return path;
    }

    /** The files of the journal by the place of their first byte. */
    NavigableMap<Long, Path> segments() throws IOException {
        return segments(path);
    }

    static NavigableMap<Long, Path> segments(Path folder) throws IOException {
        NavigableMap<Long, Path> segments = new TreeMap<>();
        try (Stream<Path> files = Files.list(folder)) {
            files.forEach(file -> {
                long base = SegmentFormat.base(String.valueOf(file.getFileName()));
                if (base >= 0) {
                    segments.put(base, file);
                }
            });
        }
        return segments;
    }

    private void adopt(Path home, int own) throws IOException {
        for (int i = 0; i < MOST; i++) {
            Path other = home.resolve(Integer.toString(i));
            if (i == own || !Files.isDirectory(other)) {
                continue;
            }
            JournalFolder orphan = tryClaim(other);
            if (orphan != null) {
                try (orphan) {
                    takeFrom(orphan);
                }
            }
        }
    }

    private void takeFrom(JournalFolder orphan) throws IOException {
        ShippedMark theirs = new ShippedMark(orphan.path);
        long shipped = theirs.read();
        for (Path file : beyond(shipped, orphan.segments())) {
            // Never before a place that counts as shipped, whatever became of the files there.
            long base = Math.max(end(segments()), new ShippedMark(path).read());
            Files.move(file, path.resolve(SegmentFormat.name(base)), StandardCopyOption.ATOMIC_MOVE);
        }
        theirs.delete();
    }

    /** Those with something that was not shipped; the others are deleted. */
    private static List<Path> beyond(long shipped, NavigableMap<Long, Path> segments) throws IOException {
        List<Path> rest = new ArrayList<>();
        for (var segment : segments.entrySet()) {
            if (segment.getKey() + Files.size(segment.getValue()) <= shipped) {
                Files.delete(segment.getValue());
            } else {
                rest.add(segment.getValue());
            }
        }
        return rest;
    }

    /** The place behind the last byte. */
    static long end(NavigableMap<Long, Path> segments) throws IOException {
        var last = segments.lastEntry();
        return last == null ? 0 : last.getKey() + Files.size(last.getValue());
    }

    @Override
    public void close() throws IOException {
        held.close();
    }
}
