// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import dev.penstock.config.StorageConfig.Place;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.sqlite.NativeLibraryNotFoundException;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;
import org.sqlite.SQLiteErrorCode;

/**
 * One file, and its two companions of the write-ahead log. Only its owner may read it: it holds the pepper of the keys. Several processes
 * may have it open; they write one after the other.
 */
final class SqliteDatabase implements Database {

    private static final int BUSY_MILLIS = 5_000;

    private final Path file;
    /** Of the worker's thread only: which file was opened, beyond its name. */
    private @Nullable Object opened;

    SqliteDatabase(Place.SqliteFile place) {
        this.file = place.file();
    }

    @Override
    public String name() {
        return "sqlite:" + file;
    }

    @Override
    public boolean isToBeMade() {
        return Files.notExists(file);
    }

    /**
     * {@code synchronous = FULL}: what was acknowledged outlives a power failure too. Writes are a few per second at most, and nobody
     * waits for them on an event loop. A transaction that will write takes its lock at once, since one that has read before cannot wait.
     */
    @Override
    public DataSource open() throws StoreFailed {
        make();
        SQLiteConfig config = new SQLiteConfig();
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
        config.setBusyTimeout(BUSY_MILLIS);
        config.enforceForeignKeys(true);
        // What was deleted because its time was over shall not be found in the file.
        config.setPragma(SQLiteConfig.Pragma.SECURE_DELETE, "true");
        SQLiteDataSource source = new SQLiteDataSource(config);
        source.setUrl("jdbc:sqlite:" + file);
        return source;
    }

    private void make() throws StoreFailed {
        Path folder = file.getParent();
        try {
            if (folder != null && !Files.isDirectory(folder)) {
                Files.createDirectories(folder, only(folder, "rwx------"));
            }
            if (Files.notExists(file)) {
                Files.createFile(file, only(file, "rw-------"));
            }
            opened = identity();
        } catch (IOException e) {
            throw StoreFailed.passing(name() + " cannot be made: the folder is read-only, full, or another user's");
        }
    }

    private @Nullable Object identity() throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    }

    /** SQLite goes on writing into a file that has lost its name, and would acknowledge what nobody finds again. */
    @Override
    public boolean isStillThere() {
        try {
            return Objects.equals(opened, identity());
        } catch (IOException e) {
            return false;
        }
    }

    private static FileAttribute<?>[] only(Path path, String permissions) {
        boolean posix = path.getFileSystem().supportedFileAttributeViews().contains("posix");
        Set<PosixFilePermission> set = PosixFilePermissions.fromString(permissions);
        return posix ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(set)} : new FileAttribute<?>[0];
    }

    @Override
    public boolean hasOneWriter() {
        return true;
    }

    @Override
    public Map<String, String> words() {
        return Map.of("bytewise", "COLLATE BINARY", "clustered", "WITHOUT ROWID", "bytes", "BLOB");
    }

    @Override
    public StoreFailed explain(SQLException e) {
        if (isMissingTable(e)) {
            return StoreFailed.tableMissing(name());
        }
        String text = name() + reason(e);
        return switch (primary(e)) {
            case SQLITE_INTERRUPT -> StoreFailed.refused(name() + " was asked for too much at once");
            case SQLITE_CONSTRAINT, SQLITE_MISMATCH, SQLITE_TOOBIG -> StoreFailed.valuesRefused(text);
            case SQLITE_ERROR -> StoreFailed.refused(text);
            default -> StoreFailed.passing(text);
        };
    }

    private String reason(SQLException e) {
        if (e.getCause() instanceof NativeLibraryNotFoundException) {
            return " cannot be opened: the driver found no folder for its native part; -Dorg.sqlite.tmpdir names one that"
                    + " may be written and run from";
        }
        if (Files.notExists(file)) {
            return " is gone";
        }
        return switch (primary(e)) {
            case SQLITE_FULL -> " cannot be written: the disk is full";
            case SQLITE_BUSY, SQLITE_LOCKED -> " is locked by another process";
            case SQLITE_READONLY, SQLITE_CANTOPEN, SQLITE_PERM ->
                " cannot be written: it or its folder is read-only or another user's";
            case SQLITE_IOERR -> " cannot be written or read: the disk failed or has no room for it";
            case SQLITE_NOTADB, SQLITE_CORRUPT -> " is damaged or no database of SQLite";
            default -> " failed with code " + e.getErrorCode() + " of SQLite";
        };
    }

    /** Extended codes carry the primary one in their last byte. */
    private static SQLiteErrorCode primary(SQLException e) {
        return SQLiteErrorCode.getErrorCode(e.getErrorCode() & 0xff);
    }

    private static boolean isMissingTable(SQLException e) {
        String text = e.getMessage();
        return primary(e) == SQLiteErrorCode.SQLITE_ERROR && text != null && text.contains("no such table");
    }
}
