// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.kit.chaos.JournalFiles;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The ledger behind the whole gateway. */
final class LedgerGatewayTest {

    private static final String HELLO = "static: {hello: {text: \"Good day to you\"}}\n";

    @TempDir
    private Path data;

    @Test
    void everyCallIsInTheJournalWhateverBecameOfIt() throws Exception {
        try (InProcess gateway = start("")) {
            assertThat(ask(gateway, "static/hello", false).statusCode()).isEqualTo(200);
            assertThat(ask(gateway, "static/hello", true).statusCode()).isEqualTo(200);
            assertThat(ask(gateway, "nobody", false).statusCode()).isEqualTo(404);
            assertThat(gateway.admin("GET", "/readyz?verbose").body()).contains("ledger");
            until(() -> gateway.admin("GET", "/metrics").body().contains("penstock_ledger_records_total 3.0"));
            assertThat(gateway.admin("GET", "/metrics").body()).contains("penstock_ledger_lost_total 0.0");
        }
        assertThat(JournalFiles.read(data.resolve("ledger"))).hasSize(3);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anAnswerThatWaitsForTheDiskIsTheSameAnswer(boolean stream) throws Exception {
        try (InProcess gateway = start("observability: {ledger: {ack: durable}}\n")) {
            for (int i = 1; i <= 20; i++) {
                HttpResponse<String> answer = ask(gateway, "static/hello", stream);
                assertThat(answer.statusCode()).isEqualTo(200);
                assertThat(answer.body()).contains(stream ? "[DONE]" : "Good day to you");
                assertThat(JournalFiles.read(data.resolve("ledger"))).hasSize(i);
            }
        }
    }

    /** The last word of this one comes from a timer, not from a request or a connection. */
    @Test
    void anAnswerInItsOwnTimeWaitsForTheDiskAsWell() throws Exception {
        try (InProcess gateway = start("providers: {slow: {type: demo, models: [x], tokens_per_second: 500}}\n"
                + "observability: {ledger: {ack: durable}}\n")) {
            for (int i = 1; i <= 3; i++) {
                assertThat(ask(gateway, "slow/x", true).body()).contains("[DONE]");
                assertThat(JournalFiles.read(data.resolve("ledger"))).hasSize(i);
            }
        }
    }

    @Test
    void whoMustHaveRecordsTurnsCallsAwayInTheirOwnWordsAndHeals() throws Exception {
        // No folder can be made where a file is.
        Path obstacle = Files.createFile(data.resolve("ledger"));
        try (InProcess gateway = start("observability: {ledger: {on_full: refuse}}\n")) {
            ask(gateway, "static/hello", false);
            until(() -> ask(gateway, "static/hello", false).statusCode() == 503);
            HttpResponse<String> refused = ask(gateway, "static/hello", false);
            assertThat(refused.body()).contains("\"ledger_unavailable\"");
            assertThat(refused.headers().firstValue("retry-after")).hasValue("5");
            HttpResponse<String> ready = gateway.admin("GET", "/readyz?verbose");
            assertThat(ready.statusCode()).isEqualTo(503);
            assertThat(ready.body()).contains("ledger");
            Files.delete(obstacle);
            until(() -> ask(gateway, "static/hello", false).statusCode() == 200);
            assertThat(gateway.admin("GET", "/readyz").statusCode()).isEqualTo(200);
        }
        assertThat(JournalFiles.read(data.resolve("ledger"))).hasSizeGreaterThan(2);
    }

    @Test
    void callsGoOnWithoutRecordsWhereNobodySaysOtherwise() throws Exception {
        Files.createFile(data.resolve("ledger"));
        try (InProcess gateway = start("")) {
            ask(gateway, "static/hello", false);
            until(() -> gateway.admin("GET", "/metrics").body().contains("penstock_ledger_stopped 1.0"));
            assertThat(ask(gateway, "static/hello", false).statusCode()).isEqualTo(200);
            assertThat(gateway.admin("GET", "/readyz").statusCode()).isEqualTo(200);
            Files.delete(data.resolve("ledger"));
            until(() -> gateway.admin("GET", "/metrics").body().contains("penstock_ledger_records_total 2.0"));
        }
        assertThat(JournalFiles.read(data.resolve("ledger"))).hasSize(2);
    }

    @Test
    void aProcessThatKeepsNothingHasNoJournal() throws Exception {
        try (InProcess gateway = InProcess.start(HELLO + "storage: none\n", Map.of("PENSTOCK_DATA", data.toString()))) {
            assertThat(ask(gateway, "static/hello", false).statusCode()).isEqualTo(200);
            until(() -> gateway.admin("GET", "/metrics").body().contains("penstock_ledger_records_total 1.0"));
            assertThat(gateway.admin("GET", "/readyz?verbose").body()).contains("no journal");
        }
        try (var left = Files.list(data)) {
            assertThat(left).isEmpty();
        }
    }

    private InProcess start(String observability) {
        return InProcess.start(HELLO + observability, Map.of("PENSTOCK_DATA", data.toString()));
    }

    private static HttpResponse<String> ask(InProcess gateway, String model, boolean stream) {
        return gateway.chat("{\"model\":\"" + model + "\",\"stream\":" + stream
                + ",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}");
    }

    private static void until(BooleanSupplier condition) {
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("not within a minute");
            }
            LockSupport.parkNanos(5_000_000);
        }
    }
}
