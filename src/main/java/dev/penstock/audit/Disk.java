// SPDX-License-Identifier: Apache-2.0
package dev.penstock.audit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** What is done to the files, so that a test can be a disk that is full. Everything is made for its owner alone. */
interface Disk {

    /** Writes behind the end and waits until it is on the medium. */
    void append(FileChannel file, byte[] bytes) throws IOException;

    /** Open for {@link #append}; made if need be. */
    default FileChannel open(Path file) throws IOException {
        FileChannel opened = FileChannel.open(
                file, Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE), only("rw-------", file));
        opened.position(opened.size());
        return opened;
    }

    /** A file that is not there yet, whole and on the medium. */
    default void write(Path file, byte[] bytes) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent(), only("rwx------", file));
        Path half = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(half);
        try (FileChannel opened = open(half)) {
            append(opened, bytes);
        }
        Files.move(half, file);
    }

    /** A file that may be there: afterwards it is the old one or the new one, whole and on the medium. */
    default void replace(Path file, byte[] bytes) throws IOException {
        Path half = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(half);
        try (FileChannel opened = open(half)) {
            append(opened, bytes);
        }
        Files.move(half, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    default void makeFolder(Path folder) throws IOException {
        Files.createDirectories(folder, only("rwx------", folder));
    }

    private static FileAttribute<?>[] only(String mode, Path path) {
        boolean posix = path.getFileSystem().supportedFileAttributeViews().contains("posix");
        return posix
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(mode))}
                : new FileAttribute<?>[0];
    }

    /** The real one. */
    Disk REAL = (file, bytes) -> {
        ByteBuffer rest = ByteBuffer.wrap(bytes);
        while (rest.hasRemaining()) {
            file.write(rest);
        }
        file.force(true);
    };
}
