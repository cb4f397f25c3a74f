// SPDX-License-Identifier: Apache-2.0
package dev.penstock.audit;

import dev.penstock.exchange.AuditEvent;
import dev.penstock.kit.time.ManualTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A folder with an audit in it, written by the hand of a test. */
final class AuditRoom {

    final ManualTime time = new ManualTime();
    final Path data;
    final Path dir;
    final List<String> heads = new ArrayList<>();
    String node = "node-1";
    Journal.Rules rules = new Journal.Rules(2500, Duration.ofDays(1), Duration.ofSeconds(10), Duration.ofDays(400));
    Disk disk = Disk.REAL;

    AuditRoom(Path data) {
        this.data = data;
        this.dir = data.resolve("audit");
    }

    InstallationKey key() throws IOException {
        return InstallationKey.at(data.resolve("audit.key"), disk, new SecureRandom());
    }

    Journal open(Journal.@Nullable Mark mark) throws IOException {
        return Journal.open(
                dir,
                node,
                key(),
                disk,
                time,
                rules,
                mark,
                head -> heads.add(new String(head.line(), java.nio.charset.StandardCharsets.UTF_8)));
    }

    Journal open() throws IOException {
        return open(null);
    }

    Journal.Stamped event(int number) {
        return new Journal.Stamped(
                new AuditEvent(
                        "key.change",
                        "admin-token",
                        "key k" + number,
                        "",
                        "tenant=acme \"ü\"\n",
                        Map.of("n", number + "")),
                time.now());
    }

    /** One record after the other, with a head after every third. */
    void write(Journal journal, int from, int to) throws IOException {
        for (int i = from; i <= to; i++) {
            journal.append(List.of(event(i)));
            time.advance(Duration.ofSeconds(4));
            journal.tick();
        }
    }

    /** Several segments, closed as one does. */
    void fill(int records) throws IOException {
        try (Journal journal = open()) {
            write(journal, 1, records);
            journal.finish();
        }
    }

    AuditVerifier.Report verify() throws IOException {
        return AuditVerifier.verify(dir, null, List.of(), AuditQuery.ALL);
    }

    String findings() throws IOException {
        return verify().findings().stream().map(Object::toString).collect(Collectors.joining("\n"));
    }

    List<Path> files(String ending) throws IOException {
        try (Stream<Path> all = Files.list(dir)) {
            return all.filter(file -> file.toString().endsWith(ending)).sorted().toList();
        }
    }

    List<String> lines(Path file) throws IOException {
        return new ArrayList<>(Files.readAllLines(file));
    }

    void put(Path file, List<String> lines) throws IOException {
        Files.writeString(file, lines.stream().map(line -> line + "\n").collect(Collectors.joining()));
    }

    /** All files and what is in them. */
    Map<Path, byte[]> snapshot() throws IOException {
        Map<Path, byte[]> all = new TreeMap<>();
        try (Stream<Path> files = Files.list(dir)) {
            for (Path file : files.toList()) {
                all.put(file, Files.readAllBytes(file));
            }
        }
        return all;
    }

    void restore(Map<Path, byte[]> all) throws IOException {
        try (Stream<Path> files = Files.list(dir)) {
            for (Path file : files.toList()) {
                if (!all.containsKey(file)) {
                    Files.delete(file);
                }
            }
        }
        for (Map.Entry<Path, byte[]> file : all.entrySet()) {
            if (!Files.exists(file.getKey()) || !Arrays.equals(Files.readAllBytes(file.getKey()), file.getValue())) {
                Files.write(file.getKey(), file.getValue());
            }
        }
    }
}
