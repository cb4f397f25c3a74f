// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench;

import dev.penstock.kit.GatewayProcess;
import dev.penstock.kit.chaos.CrashRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Does the ledger have every call that a client was told was done, however the process ends?
 *
 * <p>{@code benchmarks/run crash}; {@code SEED}, {@code ACK} ({@code durable} or {@code none}), {@code KILLS}, {@code TERMS}, {@code CALLS}
 * of all lives together. The real program is killed in the middle of calls, started again on the same folder, and at last it is asked for
 * all exchanges that its store has, and for their sums; the clients' log is joined with those and with the journal. A shorter run than
 * the table speaks of prints and publishes nothing.
 */
final class Crash {

    private static final int CALLERS = 16;
    private static final int KILLS = 200;
    private static final int TERMS = 50;
    private static final int CALLS = 100_000;

    private Crash() {}

    /** What ships. The archive of classes that the first SIGTERM leaves spares the next lives half of their start. */
    private static GatewayProcess.Builder program(Path folder) {
        return GatewayProcess.fromJar(Bench.jar())
                .jvm("-XX:+AutoCreateSharedArchive", "-XX:SharedArchiveFile=" + folder.resolve("classes.jsa"));
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        long seed = Long.getLong("bench.seed", 42);
        String ack = System.getProperty("bench.ack", "durable");
        int kills = Integer.getInteger("bench.kills", KILLS);
        int terms = Integer.getInteger("bench.terms", TERMS);
        int calls = Integer.getInteger("bench.calls", CALLS);
        int callsEach = Math.max(1, (int) Math.ceil((double) calls / Math.max(1, kills + terms)));
        Path folder = Files.createTempDirectory("penstock-crash");
        long begin = System.nanoTime();
        CrashRun.Result result = new CrashRun(
                        () -> program(folder), folder, seed, ack, kills, terms, callsEach, CALLERS)
                .run(life -> System.out.println(life));
        long seconds = (System.nanoTime() - begin) / 1_000_000_000;
        Results results = new Results("crash");
        results.put("seed", seed).put("ack", ack).put("kills", kills).put("terms", terms);
        results.put("seconds", seconds).put("recorded", result.recorded());
        results.put("acknowledged", result.acknowledged()).put("lost", result.lost());
        results.put("lost_by_term", result.lostByTerm()).put("doubled", result.doubled());
        results.put("not_in_journal", result.unwritten()).put("twice_in_journal", result.writtenTwice());
        results.figure(
                "crash",
                result.lost() + " lost, " + result.doubled() + " double of " + result.acknowledged()
                        + " acknowledged calls, " + kills + " SIGKILL and " + terms + " SIGTERM, ack " + ack + ", "
                        + seconds + " s",
                result.isWhole() && result.acknowledged() >= calls);
        if (kills >= KILLS && terms >= TERMS && calls >= CALLS && ack.equals("durable")) {
            results.save();
        } else {
            System.out.println("another run than the one of the table: nothing was published");
        }
        System.exit(result.isWhole() || !ack.equals("durable") ? 0 : 1);
    }
}
