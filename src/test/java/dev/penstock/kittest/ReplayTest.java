// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kittest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.kit.GoldenStream;
import dev.penstock.kit.H2Client;
import dev.penstock.kit.ProviderSimulator;
import dev.penstock.kit.ProviderSimulator.Transport;
import dev.penstock.kit.RawClient;
import dev.penstock.kit.RawResponse;
import dev.penstock.kit.Recordings;
import dev.penstock.kit.Script;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Whatever body the simulator replays and however it is cut, a direct client gets it byte for byte. */
final class ReplayTest {

    private static ProviderSimulator simulator;

    @BeforeAll
    static void start() {
        simulator = ProviderSimulator.builder()
                .transports(Transport.HTTP_1_1, Transport.HTTP_2_CLEAR)
                .start();
    }

    @AfterAll
    static void stop() {
        simulator.close();
    }

    @TestFactory
    Stream<DynamicTest> replaysGoldenStreamsByteByByte() {
        return GoldenStream.all("openai-chat").stream()
                .map(golden -> DynamicTest.dynamicTest(golden.name(), () -> {
                    simulator.enqueue(
                            Script.stream().sendByteByByte(golden.bytes()).build());
                    RawResponse response = ask();

                    assertThat(response.body()).isEqualTo(golden.bytes());
                    assertThat(response.chunks()).isEqualTo(golden.bytes().length);

                    simulator.enqueue(Script.stream().send(golden.bytes()).build());
                    try (H2Client client = H2Client.clear(simulator.port(Transport.HTTP_2_CLEAR))) {
                        H2Client.Exchange exchange = client.post("/v1/chat/completions", "{}");
                        assertThat(exchange.awaitEnd()).isEqualTo(H2Client.End.COMPLETE);
                        assertThat(exchange.body()).isEqualTo(golden.bytes());
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> replaysRecordingsAtTheirSplitPoints() {
        return Recordings.open().stream()
                .flatMap(Recordings::streams)
                .map(recording -> DynamicTest.dynamicTest(recording.id(), () -> {
                    simulator.enqueue(Script.stream()
                            .sendSplit(recording.bytes(), recording.splitPoints())
                            .build());

                    RawResponse response = ask();

                    assertThat(response.complete()).isTrue();
                    assertThat(response.body()).isEqualTo(recording.bytes());
                }));
    }

    private static RawResponse ask() {
        try (RawClient client = RawClient.connect(simulator.port(Transport.HTTP_1_1))) {
            return client.post("/v1/chat/completions", "{}").readResponse();
        }
    }
}
