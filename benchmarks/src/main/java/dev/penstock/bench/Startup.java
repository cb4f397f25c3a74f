// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * How long from {@code java -jar} to the first streamed byte of an answer?
 *
 * <p>{@code benchmarks/run startup}. The provider {@code demo} answers, so nothing but the gateway takes part; a client asks again
 * every 5 ms until content arrives. With archive: the JDK's AOT cache (25 and later), else a dynamic CDS archive, recorded by one
 * run that serves one answer and is stopped by SIGTERM. The gate is not pinned.
 */
final class Startup {
    private static final long PATIENCE_MILLIS = 20_000;

    private Startup() {}

    public static void main(String[] args) {
        int rounds = Integer.getInteger("bench.rounds", 5);
        Path archive = Bench.work().resolve("penstock.archive");
        boolean recorded = record(archive);
        List<Double> plain = new ArrayList<>();
        List<Double> archived = new ArrayList<>();
        for (int i = 0; i < rounds; i++) {
            plain.add(once(List.of()));
            if (recorded) {
                archived.add(once(List.of(use(archive))));
            }
        }
        Results results = new Results("startup");
        results.put("plain_ms", plain.stream().map(Results::round).toList());
        results.put("with_archive_ms", archived.stream().map(Results::round).toList());
        results.put("archive", aot() ? "AOT cache" : "dynamic CDS");
        double without = Results.median(plain);
        double with = Results.median(archived);
        results.figure(
                "startup",
                Results.text(without / 1_000) + " s / " + (recorded ? Results.text(with / 1_000) + " s" : "no archive"),
                without < 2_000 && with < 1_000);
        results.save();
        System.exit(0);
    }

    private static boolean aot() {
        return Runtime.version().feature() >= 25;
    }

    private static String use(Path archive) {
        return (aot() ? "-XX:AOTCache=" : "-XX:SharedArchiveFile=") + archive;
    }

    private static boolean record(Path archive) {
        try {
            Files.deleteIfExists(archive);
            run(List.of((aot() ? "-XX:AOTCacheOutput=" : "-XX:ArchiveClassesAtExit=") + archive), true);
            return Files.exists(archive);
        } catch (IOException problem) {
            return false;
        }
    }

    private static double once(List<String> flags) {
        double millis = run(flags, false);
        System.out.printf("  first content after %.0f ms %s%n", millis, flags);
        return millis;
    }

    private static double run(List<String> flags, boolean finish) {
        int port = Gate.freePort();
        Path config = Bench.work().resolve("startup-" + port + ".yaml");
        Path log = Bench.work().resolve("startup-" + port + ".log");
        Gate.write(config, "server:\n  port: " + port + "\n  admin: 127.0.0.1:" + Gate.freePort() + "\n");
        List<String> command = new ArrayList<>(Bench.unpin());
        command.add(Bench.java());
        command.addAll(Bench.jvmFlags());
        command.addAll(flags);
        command.addAll(List.of("-jar", Bench.jar().toString(), "serve", "-f", config.toString()));
        long begin = System.nanoTime();
        Process process = Gate.spawn(command, log);
        try {
            while (!content(port)) {
                if (System.nanoTime() - begin > PATIENCE_MILLIS * 1_000_000 || !process.isAlive()) {
                    throw new Load.WrongAnswer("no answer after the start:\n" + Gate.tail(log));
                }
                LockSupport.parkNanos(5_000_000);
            }
            double millis = (System.nanoTime() - begin) / 1e6;
            if (finish) {
                process.destroy();
                process.waitFor(60, TimeUnit.SECONDS);
            }
            return millis;
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(stop);
        } finally {
            Gate.kill(process);
        }
    }

    /** Asks the demo model for a stream and waits for its first content. */
    private static boolean content(int port) {
        String body = "{\"model\":\"demo\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}";
        String request = "POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:" + port
                + "\r\ncontent-type: application/json\r\ncontent-length: " + body.length() + "\r\n\r\n" + body;
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress("127.0.0.1", port), 200);
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            InputStream in = socket.getInputStream();
            StringBuilder seen = new StringBuilder();
            byte[] buffer = new byte[4096];
            for (int n = in.read(buffer); n > 0; n = in.read(buffer)) {
                seen.append(new String(buffer, 0, n, StandardCharsets.ISO_8859_1));
                if (seen.indexOf("HTTP/1.1 200") == 0 && firstContent(seen)) {
                    return true;
                }
            }
            return false;
        } catch (IOException notYet) {
            return false;
        }
    }

    private static boolean firstContent(StringBuilder seen) {
        int at = seen.indexOf("\"content\":\"");
        while (at >= 0) {
            int value = at + "\"content\":\"".length();
            if (value < seen.length() && seen.charAt(value) != '"') {
                return true;
            }
            at = seen.indexOf("\"content\":\"", value);
        }
        return false;
    }
}
