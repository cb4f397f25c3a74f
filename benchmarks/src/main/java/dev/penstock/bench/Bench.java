// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Where things are and how processes are started; {@code benchmarks/run} passes it in as system properties. */
final class Bench {
    private Bench() {}

    static Path home() {
        return Path.of(System.getProperty("bench.home", "."));
    }

    static Path jar() {
        return Path.of(System.getProperty(
                "bench.jar", home().resolve("../target/penstock.jar").toString()));
    }

    static Path results() {
        return home().resolve("results");
    }

    /** Scratch space for configurations and logs of processes under test. */
    static Path work() {
        try {
            return Files.createDirectories(
                    home().resolve("target/run").toAbsolutePath().normalize());
        } catch (IOException problem) {
            throw new java.io.UncheckedIOException(problem);
        }
    }

    static String commit() {
        return System.getProperty("bench.commit", "unknown");
    }

    static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /** The product's flags (pom.xml, penstock.jvm), the same for the bare pass-through; the heap is added by each benchmark. */
    static List<String> jvmFlags() {
        return List.of(System.getProperty(
                        "bench.jvm",
                        "-XX:+UseG1GC -XX:+UseCompactObjectHeaders -XX:+IgnoreUnrecognizedVMOptions --enable-native-access=ALL-UNNAMED")
                .split(" "));
    }

    /** Command prefix that pins the process under test, or nothing where it cannot be pinned. */
    static List<String> pin() {
        String cpu = System.getProperty("bench.cpu", "");
        return cpu.isEmpty() ? List.of() : List.of("taskset", "-c", cpu);
    }

    /** Removes any pin inherited from the load process: for benchmarks that want the whole machine. */
    static List<String> unpin() {
        String all = System.getProperty("bench.cpus", "");
        return all.isEmpty() ? List.of() : List.of("taskset", "-c", all);
    }

    static boolean installed(String program) {
        for (String directory : (System.getenv("PATH") + ":/usr/sbin:/usr/local/sbin:/sbin").split(":")) {
            if (Files.isExecutable(Path.of(directory, program))) {
                return true;
            }
        }
        return false;
    }

    static String program(String name) {
        for (String directory : (System.getenv("PATH") + ":/usr/sbin:/usr/local/sbin:/sbin").split(":")) {
            if (Files.isExecutable(Path.of(directory, name))) {
                return Path.of(directory, name).toString();
            }
        }
        return name;
    }
}
