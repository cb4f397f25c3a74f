// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit.chaos;

import dev.penstock.kit.GatewayProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Kills the real program in the middle of calls, again and again, and compares what its clients were told with what its ledger
 * knows: what the program tells of its store, once it is up again, and what is in the files of the journal. A call is acknowledged when its client has the last byte of its answer. The moment of each end comes with a seeded number
 * of acknowledged calls.
 *
 * @param program the program as it is started
 * @param folder an empty one
 * @param ack {@code none} or {@code durable}
 * @param kills SIGKILLs
 * @param terms SIGTERMs, between them
 * @param callsEach calls of one life of the program, on average
 * @param callers at a time
 */
public record CrashRun(
        Supplier<GatewayProcess.Builder> program,
        Path folder,
        long seed,
        String ack,
        int kills,
        int terms,
        int callsEach,
        int callers) {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration SHIPPED = Duration.ofMinutes(5);
    private static final String MODEL = "static/hello";
    private static final String PATH = "/v1/chat/completions";

    /**
     * What came of it.
     *
     * @param acknowledged calls whose clients had their whole answer
     * @param lost of them, those that the store does not have when the program is asked
     * @param doubled exchanges that it has more than once, or that its sums count and it does not have, or the other way round
     * @param recorded exchanges that it has
     * @param lives how often the program was started to be ended
     * @param lostByTerm of the lost, those of lives that ended by SIGTERM
     * @param unwritten of the acknowledged calls, those that are not in the journal; none where its first file is gone, as shipped
     *     ones are in the end
     * @param writtenTwice exchanges that are in the journal more than once
     */
    public record Result(
            long acknowledged,
            long lost,
            long doubled,
            long recorded,
            int lives,
            long lostByTerm,
            long unwritten,
            long writtenTwice) {

        /** Whether every call that was acknowledged is there once, wherever one looks. */
        public boolean isWhole() {
            return lost == 0 && doubled == 0 && unwritten == 0 && writtenTwice == 0;
        }
    }

    /** Runs all of it; the listener hears of each life. Blocks. */
    public Result run(Consumer<String> listener) throws IOException, InterruptedException {
        Path config = folder.resolve("penstock.yaml");
        Files.writeString(config, """
                server: {port: 0, admin: "127.0.0.1:0", drain_delay: 0s, drain: 5s}
                static: {hello: {text: "Good day to you"}}
                observability: {ledger: {ack: %s}}
                """.formatted(ack));
        Random random = new Random(seed);
        List<Boolean> ends = new ArrayList<>(Collections.nCopies(kills, true));
        ends.addAll(Collections.nCopies(terms, false));
        Collections.shuffle(ends, random);
        AtomicLong number = new AtomicLong();
        Set<String> killed = ConcurrentHashMap.newKeySet();
        Set<String> ended = ConcurrentHashMap.newKeySet();
        int[] after = moments(random);
        int life = 0;
        for (boolean kill : ends) {
            live(config, kill, after[life], number, kill ? killed : ended);
            life++;
            listener.accept("life " + life + " of " + ends.size() + ", " + (kill ? "KILL" : "TERM") + ", "
                    + (killed.size() + ended.size()) + " calls");
        }
        return compare(killed, ended, told(config), ends.size());
    }

    /** After how many calls each life ends: at random, and together as many as there shall be. */
    private int[] moments(Random random) {
        double[] drawn = random.doubles(kills + terms).toArray();
        double share = callsEach * drawn.length / Arrays.stream(drawn).sum();
        return Arrays.stream(drawn).mapToInt(part -> 1 + (int) (part * share)).toArray();
    }

    private void live(Path config, boolean kill, int calls, AtomicLong number, Set<String> acknowledged)
            throws InterruptedException {
        try (GatewayProcess process = start(config);
                HttpClient http = HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .build()) {
            URI url = process.api().resolve(PATH);
            CountDownLatch enough = new CountDownLatch(calls);
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < callers; i++) {
                threads.add(Thread.ofPlatform()
                        .daemon()
                        .start(() -> call(http, url, process, number, enough, acknowledged)));
            }
            if (!enough.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("the program answers too slowly: " + process.stderr());
            }
            if (kill) {
                process.kill();
            } else {
                process.terminate();
            }
            process.awaitExit(PATIENCE);
            for (Thread thread : threads) {
                thread.join();
            }
        }
    }

    private GatewayProcess start(Path config) {
        return program.get()
                .arguments("serve", "-f", config.toString())
                .environment("PENSTOCK_DATA", folder.resolve("data").toString())
                .start();
    }

    /** The program is up once more, as after any crash, and is asked. A call before that has seen the journal open. */
    private ToldExchanges told(Path config) throws IOException, InterruptedException {
        try (GatewayProcess process = start(config);
                HttpClient http = HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .build()) {
            http.send(
                    request(process.api().resolve(PATH), "after-the-last-crash", false),
                    HttpResponse.BodyHandlers.discarding());
            ToldExchanges told = ToldExchanges.by(process.admin(), SHIPPED);
            process.terminate();
            process.awaitExit(PATIENCE);
            return told;
        }
    }

    private static void call(
            HttpClient http,
            URI url,
            GatewayProcess process,
            AtomicLong number,
            CountDownLatch enough,
            Set<String> acknowledged) {
        while (process.alive()) {
            long call = number.incrementAndGet();
            String id = "crash-" + call;
            boolean stream = call % 2 == 0;
            try {
                HttpResponse<String> answer = http.send(request(url, id, stream), HttpResponse.BodyHandlers.ofString());
                if (answer.statusCode() == 200) {
                    acknowledged.add(id);
                    enough.countDown();
                }
            } catch (IOException e) {
                // Nobody told this client that its call was done.
                continue;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private static HttpRequest request(URI url, String id, boolean stream) {
        return HttpRequest.newBuilder(url)
                .header("content-type", "application/json")
                .header("x-request-id", id)
                .timeout(PATIENCE)
                .POST(HttpRequest.BodyPublishers.ofString("{\"model\":\"" + MODEL + "\",\"stream\":" + stream
                        + ",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}"))
                .build();
    }

    private Result compare(Set<String> killed, Set<String> ended, ToldExchanges told, int lives) throws IOException {
        Path ledger = folder.resolve("data").resolve("ledger");
        Map<UUID, Integer> written = new HashMap<>();
        Set<String> ids = new HashSet<>();
        for (JournalFiles.Entry entry : JournalFiles.read(ledger)) {
            written.merge(entry.uuid(), 1, Integer::sum);
            ids.add(entry.id());
        }
        long unwritten = JournalFiles.isFromTheBeginning(ledger) ? missing(killed, ids) + missing(ended, ids) : 0;
        long lostByTerm = missing(ended, told.times().keySet());
        return new Result(
                killed.size() + ended.size(),
                missing(killed, told.times().keySet()) + lostByTerm,
                told.doubled() + Math.abs(told.counted() - told.exchanges()),
                told.exchanges(),
                lives,
                lostByTerm,
                unwritten,
                written.values().stream().filter(times -> times > 1).count());
    }

    private static long missing(Set<String> wanted, Set<String> found) {
        return wanted.stream().filter(id -> !found.contains(id)).count();
    }
}
