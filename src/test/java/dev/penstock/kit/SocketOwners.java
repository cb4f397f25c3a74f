// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * Which of the known processes stands behind the other end of a loopback connection. Everybody on loopback has the same address,
 * and neither Hazelcast nor the event bus can be told to dial from another one; the kernel knows, though: {@code /proc/net/tcp}
 * gives the inode of the socket with that local port, and {@code /proc/<pid>/fd} who holds it (proc(5)). Linux only.
 */
public final class SocketOwners {

    /** Whoever is not among the known. */
    public static final String STRANGER = "stranger";

    private static final int LOCAL = 1;
    private static final int INODE = 9;

    private final Map<Long, String> names = new ConcurrentHashMap<>();

    /** From now on sockets of that process belong to that name; an earlier process of the name is forgotten. */
    public void know(String name, long pid) {
        names.values().removeIf(name::equals);
        names.put(pid, name);
    }

    /** Whether this system can tell. */
    public static boolean supported() {
        return Files.isReadable(Path.of("/proc/net/tcp"));
    }

    /** The name of the process that has a TCP socket with this local port, or {@link #STRANGER}. */
    public String ownerOf(int port) {
        return Stream.of("/proc/net/tcp", "/proc/net/tcp6")
                .flatMap(table -> inode(Path.of(table), port).stream())
                .flatMap(inode -> names.entrySet().stream()
                        .filter(each -> holds(each.getKey(), "socket:[" + inode + "]"))
                        .map(Map.Entry::getValue))
                .findFirst()
                .orElse(STRANGER);
    }

    private static Optional<String> inode(Path table, int port) {
        String suffix = String.format(":%04X", port);
        try (Stream<String> lines = Files.lines(table)) {
            return lines.map(line -> line.trim().split("\\s+"))
                    .filter(fields -> fields.length > INODE && fields[LOCAL].endsWith(suffix))
                    .map(fields -> fields[INODE])
                    // A socket that is only waiting for its time to run out has no inode any more.
                    .filter(inode -> !inode.equals("0"))
                    .findFirst();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static boolean holds(long pid, String socket) {
        try (Stream<Path> files = Files.list(Path.of("/proc", Long.toString(pid), "fd"))) {
            return files.anyMatch(file -> leadsTo(file, socket));
        } catch (IOException gone) {
            return false;
        }
    }

    private static boolean leadsTo(Path file, String socket) {
        try {
            return Files.readSymbolicLink(file).toString().equals(socket);
        } catch (IOException closed) {
            return false;
        }
    }
}
