// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench;

import dev.penstock.kit.chaos.CrashRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Does the ledger have every call that a client was told was done, however the process ends?
 *
 * <p>{@code benchmarks/run crash}; {@code SEED}, {@code ACK} ({@code durable} or {@code none}), {@code KILLS}, {@code TERMS}, {@code CALLS}
 * of each life on average. The real program is killed in the middle of calls, started again on the same folder, and at last the clients'
 * log is joined with the journal.
 */
final class Crash {

    private static final int CALLERS = 16;

    private Crash() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        long seed = Long.getLong("bench.seed", 42);
        String ack = System.getProperty("bench.ack", "durable");
        int kills = Integer.getInteger("bench.kills", 200);
        int terms = Integer.getInteger("bench.terms", 50);
        int calls = Integer.getInteger("bench.calls", 430);
        Path folder = Files.createTempDirectory("penstock-crash");
        CrashRun.Result result =
                new CrashRun(folder, seed, ack, kills, terms, calls, CALLERS).run(life -> System.out.println(life));
        Results results = new Results("crash");
        results.put("seed", seed).put("ack", ack).put("kills", kills).put("terms", terms);
        results.put("acknowledged", result.acknowledged()).put("recorded", result.recorded());
        results.put("lost", result.lost()).put("doubled", result.doubled());
        results.figure(
                "crash",
                result.lost() + " lost, " + result.doubled() + " double of " + result.acknowledged()
                        + " acknowledged calls, " + kills + " SIGKILL and " + terms + " SIGTERM, ack " + ack,
                result.lost() == 0 && result.doubled() == 0);
        results.save();
        System.exit(0);
    }
}
