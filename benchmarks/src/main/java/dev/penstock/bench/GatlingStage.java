// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.locks.LockSupport;

/** A gateway in front of the fake provider for Gatling to shoot at; lives until SIGTERM and leaves its port in a file. */
final class GatlingStage {
    private GatlingStage() {}

    public static void main(String[] args) throws IOException {
        Rung rung = Rung.of(System.getProperty("bench.rungs", Rung.PENSTOCK.label()));
        try (Stage stage = new Stage()) {
            Gate gate = Gate.start(rung, stage.provider().port(), Gate.Options.heap("-Xmx512m"));
            Path file = Path.of(System.getProperty("bench.portFile"));
            Path draft = file.resolveSibling(file.getFileName() + ".new");
            Files.writeString(draft, Integer.toString(gate.port()));
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
            while (gate.alive()) {
                LockSupport.parkNanos(200_000_000);
            }
            System.err.println(gate.log());
        }
        System.exit(1);
    }
}
