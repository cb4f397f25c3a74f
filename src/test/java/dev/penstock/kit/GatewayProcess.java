// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The real program as a child process, for the tests that only a process can pass: signals, exit codes, the banner, a kill in
 * mid-stream. Readiness is what the program itself says: the line of its banner that begins with {@code API} and holds a URL.
 * The environment is empty but for what is needed to run, so that no key of the machine's owner brings a provider into a test.
 */
public final class GatewayProcess implements AutoCloseable {

    private static final Pattern URL_LINE = Pattern.compile("^\\W*(\\w+)\\b.*?(https?://[^\\s\"']+)");
    private static final Duration START = Duration.ofSeconds(60);

    private final Process process;
    private final Output stdout;
    private final Output stderr;
    private final Thread cleanUp;
    private final Path temporary;

    /** @param temporary a folder that goes with the process; there or not */
    private GatewayProcess(Process process, Path temporary) {
        this.process = process;
        this.temporary = temporary;
        this.stdout = new Output("stdout", process.getInputStream());
        this.stderr = new Output("stderr", process.getErrorStream());
        this.cleanUp = new Thread(process::destroyForcibly, "gateway-process-clean-up");
        Runtime.getRuntime().addShutdownHook(cleanUp);
    }

    /** The program from the class path of this very JVM: no package has to be built before the tests. */
    public static Builder fromClassPath() {
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return new Builder(List.of("-cp", classPath, "dev.penstock.Main"));
    }

    /** Any other program with a {@code main}, from the same class path. */
    public static Builder ofMain(Class<?> main) {
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return new Builder(List.of("-cp", classPath, main.getName()));
    }

    /** The program as users get it. */
    public static Builder fromJar(Path jar) {
        return new Builder(List.of("-jar", jar.toString()));
    }

    /** Collects how the program is started. */
    public static final class Builder {
        private final List<String> program;
        private final List<String> jvm = new ArrayList<>();
        private final List<String> arguments = new ArrayList<>();
        private final Map<String, String> environment = new LinkedHashMap<>();
        private File folder;

        private Builder(List<String> program) {
            this.program = program;
        }

        public Builder jvm(String... options) {
            jvm.addAll(List.of(options));
            return this;
        }

        public Builder arguments(String... values) {
            arguments.addAll(List.of(values));
            return this;
        }

        public Builder environment(String name, String value) {
            environment.put(name, value);
            return this;
        }

        public Builder folder(Path value) {
            this.folder = value.toFile();
            return this;
        }

        public GatewayProcess start() {
            List<String> command = new ArrayList<>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(List.of(
                    "-XX:+UseG1GC", "-Xmx512m", "-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED"));
            command.addAll(jvm);
            command.addAll(program);
            command.addAll(arguments);
            ProcessBuilder builder = new ProcessBuilder(command).directory(folder);
            builder.environment().keySet().retainAll(List.of("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "JAVA_HOME"));
            // What it keeps belongs to the test, and not to whoever runs it.
            Path temporary = Path.of(System.getProperty("java.io.tmpdir"), "penstock-" + UUID.randomUUID());
            Path data = folder != null ? folder.toPath().resolve("data") : temporary;
            builder.environment().put("PENSTOCK_DATA", data.toAbsolutePath().toString());
            builder.environment().putAll(environment);
            try {
                return new GatewayProcess(builder.start(), temporary);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** The URL of the API, as soon as the program has printed it. */
    public URI api() {
        return url("API");
    }

    /** The URL of the admin listener. */
    public URI admin() {
        return url("Admin");
    }

    /** The URL on the line that begins with that word, whatever its case. */
    public URI url(String label) {
        String line = awaitStderr(text -> {
            Matcher matcher = URL_LINE.matcher(text);
            return matcher.find() && matcher.group(1).equalsIgnoreCase(label);
        });
        Matcher matcher = URL_LINE.matcher(line);
        if (!matcher.find()) {
            throw new AssertionError(line);
        }
        return URI.create(matcher.group(2));
    }

    /** Waits for a line on stderr, past or future. */
    public String awaitStderr(Predicate<String> wanted) {
        return stderr.await(wanted, START);
    }

    /** Waits for a line on stdout, past or future. */
    public String awaitStdout(Predicate<String> wanted) {
        return stdout.await(wanted, START);
    }

    public List<String> stdout() {
        return stdout.lines();
    }

    public List<String> stderr() {
        return stderr.lines();
    }

    public long pid() {
        return process.pid();
    }

    public boolean alive() {
        return process.isAlive();
    }

    /** SIGTERM: the polite request to end. */
    public GatewayProcess terminate() {
        // The handle, not the process: Process.destroy also closes the pipes, and with them the program's last words.
        process.toHandle().destroy();
        return this;
    }

    /** SIGKILL. */
    public GatewayProcess kill() {
        process.toHandle().destroyForcibly();
        return this;
    }

    /** SIGSTOP: the process stands still, its sockets stay open and the kernel goes on answering for them. */
    public GatewayProcess pause() {
        return signal("STOP");
    }

    /** SIGCONT. */
    public GatewayProcess resume() {
        return signal("CONT");
    }

    /** Any signal by its name, such as {@code HUP}, {@code STOP} or {@code CONT}. */
    public GatewayProcess signal(String name) {
        try {
            Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                    .inheritIO()
                    .start();
            if (kill.waitFor() != 0) {
                throw new AssertionError("kill -" + name + " failed");
            }
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    /** Waits for the end of the process and of its output; gives the exit code. */
    public int awaitExit(Duration atMost) {
        try {
            if (!process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new AssertionError("still running after " + atMost + "\n" + report());
            }
            stdout.awaitEnd();
            stderr.awaitEnd();
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
        awaitExit(Duration.ofSeconds(20));
        Runtime.getRuntime().removeShutdownHook(cleanUp);
        removeTemporary();
    }

    private void removeTemporary() {
        try (Stream<Path> files = Files.exists(temporary) ? Files.walk(temporary) : Stream.empty()) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String report() {
        return "stderr:\n" + String.join("\n", stderr()) + "\nstdout:\n" + String.join("\n", stdout());
    }

    /** One output of the process, read by a thread of its own as it comes. */
    private final class Output {
        private record Waiter(Predicate<String> wanted, CompletableFuture<String> found) {}

        private final String name;
        private final List<String> lines = new ArrayList<>();
        private final List<Waiter> waiters = new ArrayList<>();
        private final Thread reader;
        private boolean ended;

        Output(String name, InputStream in) {
            this.name = name;
            this.reader = Thread.ofPlatform().daemon().name("gateway-" + name).start(() -> read(in));
        }

        synchronized List<String> lines() {
            return List.copyOf(lines);
        }

        String await(Predicate<String> wanted, Duration atMost) {
            CompletableFuture<String> found = new CompletableFuture<>();
            synchronized (this) {
                lines.stream().filter(wanted).findFirst().ifPresent(found::complete);
                if (!found.isDone() && ended) {
                    throw new AssertionError("the program ended without the line\n" + report());
                }
                waiters.add(new Waiter(wanted, found));
            }
            return SeenRequest.await(found, atMost, "a line on " + name);
        }

        void awaitEnd() {
            try {
                reader.join(10_000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private void read(InputStream in) {
            try (BufferedReader text = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
                for (String line = text.readLine(); line != null; line = text.readLine()) {
                    add(line);
                }
            } catch (IOException e) {
                add("(" + name + " broke: " + e.getMessage() + ")");
            }
            end();
        }

        private synchronized void add(String line) {
            lines.add(line);
            waiters.removeIf(waiter -> waiter.wanted.test(line) && waiter.found.complete(line));
        }

        private void end() {
            List<Waiter> left;
            synchronized (this) {
                ended = true;
                left = List.copyOf(waiters);
            }
            left.forEach(waiter -> waiter.found.completeExceptionally(
                    new AssertionError("the program ended without the line\n" + report())));
        }
    }
}
