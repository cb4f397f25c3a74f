// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** A process under test: one rung, started, ready, and killed when closed or when this process ends in any way. */
final class Gate implements AutoCloseable {
    private static final long READY_MILLIS = 30_000;
    private static final Set<Process> RUNNING = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime()
                .addShutdownHook(new Thread(() -> RUNNING.forEach(Gate::kill), "kill-processes-under-test"));
    }

    /** Five limits that apply to each call and that no load reaches. */
    private static final String LIMITS = """
            limits: {per_ip: {rpm: 1000M}}
            tenants:
              bench:
                limits: {rpm: 1000M, tpm: 1000000M, concurrent: 1M}
                budget: {usd: 1000000000, per: month}
                keys: [{id: bench, secret: "%s"}]
            """.formatted(Wire.SECRET);

    private final Rung rung;
    private final int port;
    private final Process process;
    private final Path log;

    private Gate(Rung rung, int port, Process process, Path log) {
        this.rung = rung;
        this.port = port;
        this.process = process;
        this.log = log;
    }

    /** How a process is started. */
    record Options(List<String> jvm, boolean pinned, String yaml) {
        static Options heap(String... flags) {
            return new Options(List.of(flags), true, "");
        }

        Options free() {
            return new Options(jvm, false, yaml);
        }

        /** Lines added to the {@code server} section. */
        Options server(String lines) {
            return new Options(jvm, pinned, lines);
        }
    }

    /** Starts {@code rung} in front of the fake provider and waits until it is ready. */
    static Gate start(Rung rung, int upstream, Options options) {
        return start(rung, upstream, options, freePort());
    }

    static Gate start(Rung rung, int upstream, Options options, int port) {
        Path work = Bench.work();
        Path log = work.resolve(rung.label() + "-" + port + ".log");
        List<String> command = new ArrayList<>(options.pinned() ? Bench.pin() : Bench.unpin());
        switch (rung) {
            case DIRECT -> throw new IllegalArgumentException("direct has no process");
            case NGINX -> command.addAll(nginx(work, port, upstream));
            case BARE -> {
                command.addAll(java(options, List.of()));
                command.addAll(List.of("-cp", System.getProperty("java.class.path"), BarePassThrough.class.getName()));
                command.addAll(List.of(Integer.toString(port), Integer.toString(upstream)));
            }
            case PENSTOCK, PENSTOCK_BUS, PENSTOCK_DIRECT, PENSTOCK_UNRECORDED, PENSTOCK_LIMITS, PENSTOCK_TRANSLATED -> {
                Path config = work.resolve("penstock-" + port + ".yaml");
                String text = config(port, freePort(), upstream, options.yaml());
                write(config, rung == Rung.PENSTOCK_LIMITS ? text + LIMITS : text);
                command.addAll(java(options, rung.properties()));
                command.addAll(List.of("-jar", Bench.jar().toString(), "serve", "-f", config.toString()));
            }
        }
        Gate gate = new Gate(rung, port, spawn(command, log), log);
        if (!Wait.until(READY_MILLIS, () -> gate.ready() || !gate.process.isAlive()) || !gate.process.isAlive()) {
            gate.close();
            throw new IllegalStateException(rung.label() + " did not become ready:\n" + tail(log));
        }
        return gate;
    }

    /** Starts any command, with its output in {@code log}. */
    static Process spawn(List<String> command, Path log) {
        try {
            ProcessBuilder builder = new ProcessBuilder(command);
            builder.environment().keySet().removeIf(name -> name.endsWith("_API_KEY") || name.startsWith("PENSTOCK"));
            // What it keeps is none of those who run it on this machine, and nothing of a run before is there.
            builder.environment()
                    .put(
                            "PENSTOCK_DATA",
                            Files.createTempDirectory(Bench.work(), "data-").toString());
            builder.redirectErrorStream(true).redirectOutput(log.toFile());
            Process process = builder.start();
            RUNNING.add(process);
            return process;
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    static void kill(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        try {
            process.waitFor(5, TimeUnit.SECONDS);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
        RUNNING.remove(process);
    }

    int port() {
        return port;
    }

    ProcessHandle handle() {
        return process.toHandle();
    }

    Process process() {
        return process;
    }

    boolean alive() {
        return process.isAlive();
    }

    long cpuNanos() {
        return Proc.cpuNanos(handle());
    }

    long compilerNanos() {
        return Proc.compilerNanos(handle());
    }

    long storeNanos() {
        return Proc.storeNanos(handle());
    }

    /** Whether any allocation failed, on the heap or beside it. */
    boolean outOfMemory() {
        try (var lines = Files.lines(log)) {
            return lines.anyMatch(line -> line.contains("OutOfMemory") || line.contains("failed to allocate"));
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    String log() {
        return tail(log);
    }

    /** A full collection, so that what is counted is what is held. */
    void collect() {
        if (rung == Rung.NGINX) {
            return;
        }
        Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        if (!Files.isExecutable(jcmd)) {
            return;
        }
        Process run = spawn(
                List.of(jcmd.toString(), Long.toString(process.pid()), "GC.run"),
                Bench.work().resolve("jcmd.log"));
        try {
            run.waitFor(60, TimeUnit.SECONDS);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
        kill(run);
    }

    /** SIGTERM; the process decides when it is done. */
    void terminate() {
        process.destroy();
    }

    @Override
    public void close() {
        kill(process);
    }

    static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    private boolean ready() {
        return rung.penstock() ? status(port, "/readyz") == 200 : accepts();
    }

    private boolean accepts() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress("127.0.0.1", port), 200);
            return true;
        } catch (IOException notYet) {
            return false;
        }
    }

    /** @return the status of a GET, or -1 when nobody answers */
    static int status(int port, String path) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress("127.0.0.1", port), 200);
            socket.setSoTimeout(1_000);
            socket.getOutputStream()
                    .write(("GET " + path + " HTTP/1.1\r\nhost: 127.0.0.1:" + port + "\r\nconnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            InputStream in = socket.getInputStream();
            String line = new String(in.readNBytes(12), StandardCharsets.US_ASCII);
            return line.length() == 12 ? Integer.parseInt(line.substring(9)) : -1;
        } catch (IOException | NumberFormatException notYet) {
            return -1;
        }
    }

    private static List<String> java(Options options, List<String> properties) {
        List<String> command = new ArrayList<>();
        command.add(Bench.java());
        command.addAll(Bench.jvmFlags());
        command.addAll(options.jvm());
        command.addAll(properties);
        return command;
    }

    private static String config(int port, int admin, int upstream, String server) {
        return """
                server:
                  port: %d
                  admin: 127.0.0.1:%d
                %sproviders:
                  bench: {type: openai, base_url: "http://127.0.0.1:%d/v1", usage_in_stream: true, pool: 20000, price: {input: 1, output: 1}}
                models:
                  flood: {targets: [bench/flood], write_stall: 1h}
                """.formatted(port, admin, server.isEmpty() ? "" : server.indent(2), upstream);
    }

    private static List<String> nginx(Path work, int port, int upstream) {
        Path config = work.resolve("nginx-" + port + ".conf");
        String user = System.getProperty("user.name").equals("root") ? "user root;" : "";
        write(config, """
                daemon off; worker_processes 1; worker_rlimit_nofile 20000; error_log stderr; pid nginx-%d.pid; %s
                events { worker_connections 10000; use epoll; }
                http {
                  access_log off; client_body_temp_path body; proxy_temp_path proxy;
                  fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
                  keepalive_requests 1000000000;
                  upstream provider { server 127.0.0.1:%d; keepalive 2048; keepalive_requests 1000000000; }
                  server {
                    listen 127.0.0.1:%d backlog=8192; tcp_nodelay on;
                    location / {
                      proxy_pass http://provider; proxy_http_version 1.1; proxy_set_header Connection "";
                      proxy_buffering off; proxy_read_timeout 3600s;
                    }
                  }
                }
                """.formatted(port, user, upstream, port));
        return List.of(Bench.program("nginx"), "-p", work.toString(), "-e", "stderr", "-c", config.toString());
    }

    static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    static String tail(Path log) {
        try {
            String text = Files.readString(log);
            return text.substring(Math.max(0, text.length() - 2_000));
        } catch (IOException problem) {
            return problem.toString();
        }
    }
}
