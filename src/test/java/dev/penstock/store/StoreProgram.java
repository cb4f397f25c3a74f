// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import dev.penstock.auth.StoredKey;
import dev.penstock.config.StorageConfig;
import dev.penstock.exchange.Ticker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;

/** A process of its own that puts keys and says which ones were acknowledged, for tests that kill it or take its disk away. */
public final class StoreProgram {

    private StoreProgram() {}

    static Process start(Path file, String mode, List<String> before) throws Exception {
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        List<String> command = new ArrayList<>(before);
        command.addAll(List.of(
                java.toString(),
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                classPath,
                StoreProgram.class.getName(),
                file.toString(),
                mode));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    public static void main(String[] args) throws Exception {
        StorageConfig config = new StorageConfig(new StorageConfig.Place.SqliteFile(Path.of(args[0]), true), true);
        SqlStore store = SqlStore.of(config, Ticker.system());
        if (args[1].equals("ledger")) {
            append(store);
        }
        String tenant = args[1].equals("fill") ? "x".repeat(20_000) : "acme";
        try {
            for (int i = 0; ; i++) {
                StoredKey key = new StoredKey(
                        "other" + i,
                        new byte[] {1},
                        tenant,
                        "",
                        StoreRoom.SOME_TIME,
                        null,
                        List.of(),
                        List.of(),
                        List.of(),
                        null,
                        "");
                store.keys()
                        .put(List.of(key))
                        .toCompletionStage()
                        .toCompletableFuture()
                        .get();
                System.out.println(key.publicId());
            }
        } catch (ExecutionException e) {
            System.out.println("failed: " + e.getCause().getMessage() + " and it is "
                    + store.health().state());
            Runtime.getRuntime().halt(0);
        }
    }

    private static void append(SqlStore store) throws Exception {
        Entries entries = new Entries(1);
        try {
            for (int i = 0; ; i++) {
                store.ledger()
                        .append(entries.usual(200, StoreRoom.SOME_TIME, Duration.ofDays(1)))
                        .toCompletableFuture()
                        .get();
                System.out.println("batch" + i);
            }
        } catch (ExecutionException e) {
            System.out.println("failed: " + e.getCause().getMessage());
            Runtime.getRuntime().halt(0);
        }
    }
}
