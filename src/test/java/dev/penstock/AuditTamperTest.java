// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.kit.GatewayProcess;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program as users run it writes an audit; then somebody lays hands on its files, and the command says where. */
final class AuditTamperTest {

    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int verify() {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        Cli cli = new Cli(
                Map.of(),
                folder,
                new PrintWriter(out, true),
                new PrintWriter(err, true),
                (s, r) -> null,
                new Random(7));
        return Main.run(new String[] {"audit", "verify", "--dir", "data/audit"}, cli);
    }

    private void serveAndChange() throws Exception {
        Path config = Files.writeString(folder.resolve("penstock.yaml"), """
                server: {port: 0, admin: "127.0.0.1:0", drain_delay: 0s, drain: 4s}
                tenants: {acme: {}}
                observability: {audit: {segment: 4KiB, checkpoint: 1s}}
                """);
        try (GatewayProcess program = GatewayProcess.fromClassPath()
                        .arguments("serve", "-f", config.toString())
                        .environment("PENSTOCK_DATA", folder.resolve("data").toString())
                        .start();
                HttpClient http = HttpClient.newHttpClient()) {
            URI admin = program.admin();
            for (int i = 0; i < 6; i++) {
                send(http, admin, "POST", "/admin/v1/keys", "{\"tenant\":\"acme\"}");
                String state = i % 2 == 0 ? "disabled" : "enabled";
                send(
                        http,
                        admin,
                        "PUT",
                        "/admin/v1/switches/model.demo",
                        "{\"state\":\"" + state + "\",\"force\":true}");
            }
            program.terminate();
            assertThat(program.awaitExit(Duration.ofSeconds(60))).isZero();
        }
    }

    private static void send(HttpClient http, URI admin, String method, String path, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(admin.resolve(path))
                .method(method, BodyPublishers.ofString(body))
                .build();
        assertThat(http.send(request, BodyHandlers.discarding()).statusCode()).isBetween(200, 299);
    }

    private List<Path> segments() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("data/audit"))) {
            return files.filter(file -> file.toString().endsWith(".jsonl"))
                    .sorted()
                    .toList();
        }
    }

    private Map<Path, byte[]> read() throws IOException {
        Map<Path, byte[]> all = new TreeMap<>();
        try (Stream<Path> files = Files.list(folder.resolve("data/audit"))) {
            for (Path file : files.toList()) {
                all.put(file, Files.readAllBytes(file));
            }
        }
        return all;
    }

    private static void write(Path file, List<String> lines) throws IOException {
        Files.writeString(file, lines.stream().map(line -> line + "\n").collect(Collectors.joining()));
    }

    /** Something that is done to the files. */
    @FunctionalInterface
    private interface Deed {
        void done() throws IOException;
    }

    private void found(Map<Path, byte[]> genuine, Deed deed, String... said) throws IOException {
        deed.done();
        assertThat(verify()).as(out.toString()).isEqualTo(6);
        assertThat(out.toString()).contains("NOT INTACT");
        assertThat(err.toString()).contains(said);
        for (Map.Entry<Path, byte[]> file : genuine.entrySet()) {
            Files.write(file.getKey(), file.getValue());
        }
        assertThat(verify()).as(err.toString()).isZero();
    }

    @Test
    void whateverIsDoneToTheFilesIsFoundAndNamed() throws Exception {
        serveAndChange();
        assertThat(verify()).as(err.toString()).isZero();
        assertThat(out.toString()).contains("data/audit: intact, records 1 to ", "node ");
        assertThat(err.toString()).isEmpty();

        List<Path> segments = segments();
        assertThat(segments.size()).isGreaterThan(2);
        Map<Path, byte[]> genuine = read();
        Path first = segments.getFirst();
        Path last = segments.getLast();
        String name = first.getFileName().toString();
        List<String> lines = Files.readAllLines(first);
        int end = Files.readAllLines(last).size();
        found(
                genuine,
                () -> {
                    byte[] bytes = Files.readAllBytes(first);
                    bytes[new String(bytes, UTF_8).indexOf("tenant=acme") + 7] ^= 1;
                    Files.write(first, bytes);
                },
                name + ":",
                "is not what its hash was made of: changed");
        found(
                genuine,
                () -> {
                    List<String> less = new ArrayList<>(lines);
                    less.remove(2);
                    write(first, less);
                },
                name + ":3  record 4 does not follow record 2");
        found(
                genuine,
                () -> {
                    List<String> other = new ArrayList<>(lines);
                    Collections.swap(other, 1, 2);
                    write(first, other);
                },
                name + ":2  record 3 does not follow record 1");
        found(
                genuine,
                () -> write(last, Files.readAllLines(last).subList(0, end - 1)),
                last.getFileName() + "  record ",
                "was signed and is not there: cut off");
        found(
                genuine,
                () -> {
                    Files.delete(last);
                    Files.delete(Path.of(last.toString().replace(".jsonl", ".heads")));
                },
                "newest.head:1  head ",
                "neither is there any more: cut off");
    }
}
