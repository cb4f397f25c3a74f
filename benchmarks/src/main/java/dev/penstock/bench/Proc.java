// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What the kernel says about a process and its children: CPU time, resident memory, open files. Linux only (proc(5)). */
final class Proc {
    private static final long TICK_NANOS = 10_000_000;

    private Proc() {}

    /**
     * User plus system time of the process and its descendants, ended threads included, in clock ticks of 10 ms: exact to half a
     * percent over a window of some seconds.
     */
    static long cpuNanos(ProcessHandle process) {
        return Stream.concat(Stream.of(process), process.descendants())
                .mapToLong(p -> cpuOf(p.pid()))
                .sum();
    }

    /**
     * What the just-in-time compilers of a JVM have used so far. On a pinned core they take it from the event loop, for most of a
     * minute after the start; threads that have ended are not counted.
     */
    static long compilerNanos(ProcessHandle process) {
        return cpuOf(process, List.of("C1 Compiler", "C2 Compiler"));
    }

    /** What the threads have used so far that carry a gateway's records from its journal into its database. */
    static long storeNanos(ProcessHandle process) {
        return cpuOf(process, List.of("penstock-ledger"));
    }

    private static long cpuOf(ProcessHandle process, List<String> names) {
        try (Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(process.pid()), "task"))) {
            return threads.filter(thread -> isOf(thread, names))
                    .mapToLong(Proc::cpuOf)
                    .sum();
        } catch (IOException gone) {
            return 0;
        }
    }

    private static boolean isOf(Path thread, List<String> names) {
        try {
            String name = Files.readString(thread.resolve("comm"));
            return names.stream().anyMatch(name::startsWith);
        } catch (IOException gone) {
            return false;
        }
    }

    /** The load process itself, without the processes that it started. */
    static long ownCpuNanos() {
        return cpuOf(ProcessHandle.current().pid());
    }

    private static long cpuOf(long pid) {
        return cpuOf(Path.of("/proc", Long.toString(pid)));
    }

    private static long cpuOf(Path processOrThread) {
        try {
            String stat = Files.readString(processOrThread.resolve("stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * TICK_NANOS;
        } catch (IOException gone) {
            return 0;
        }
    }

    /** All time of all processors since boot, and what of it the host gave to others, in ticks; zeros where nobody counts. */
    static long[] hostTicks() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/stat"))) {
            String[] fields = lines.findFirst().orElse("").split("\\s+");
            long all = 0;
            // user nice system idle iowait irq softirq steal; the guests that follow are counted in user and nice.
            for (int i = 1; i <= 8 && i < fields.length; i++) {
                all += Long.parseLong(fields[i]);
            }
            return new long[] {all, fields.length > 8 ? Long.parseLong(fields[8]) : 0};
        } catch (IOException unknown) {
            return new long[2];
        }
    }

    /** Share of the time since then that the host gave to others. */
    static double stolenSince(long[] begin) {
        long[] now = hostTicks();
        long all = now[0] - begin[0];
        return all <= 0 ? 0 : (double) (now[1] - begin[1]) / all;
    }

    /** Resident set of the process and its descendants in bytes. */
    static long rss(ProcessHandle process) {
        return Stream.concat(Stream.of(process), process.descendants())
                .mapToLong(p -> statusKib(p.pid(), "VmRSS:") * 1024)
                .sum();
    }

    static long openFiles(ProcessHandle process) {
        try (Stream<Path> files = Files.list(Path.of("/proc", Long.toString(process.pid()), "fd"))) {
            return files.count();
        } catch (IOException gone) {
            return 0;
        }
    }

    /** Soft limit of open files of this process. */
    static long fileLimit() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/limits"))) {
            return lines.filter(line -> line.startsWith("Max open files"))
                    .map(line ->
                            line.substring("Max open files".length()).trim().split("\\s+")[0])
                    .mapToLong(limit -> limit.equals("unlimited") ? Long.MAX_VALUE : Long.parseLong(limit))
                    .findFirst()
                    .orElse(1024);
        } catch (IOException none) {
            return 1024;
        }
    }

    private static long statusKib(long pid, String field) {
        try (Stream<String> lines = Files.lines(Path.of("/proc", Long.toString(pid), "status"))) {
            return lines.filter(line -> line.startsWith(field))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                    .findFirst()
                    .orElse(0);
        } catch (IOException gone) {
            return 0;
        }
    }
}
