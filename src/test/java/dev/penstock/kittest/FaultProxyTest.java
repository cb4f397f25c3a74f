// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kittest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.kit.Answers;
import dev.penstock.kit.FaultProxy;
import dev.penstock.kit.Gate;
import dev.penstock.kit.ProviderSimulator;
import dev.penstock.kit.RawClient;
import dev.penstock.kit.RawResponse;
import dev.penstock.kit.RawResponse.End;
import dev.penstock.kit.Script;
import dev.penstock.kit.SeenRequest;
import dev.penstock.kit.SeenRequest.How;
import dev.penstock.kit.Toxics;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class FaultProxyTest {

    private static final String CHAT = "/v1/chat/completions";
    private static final String STREAM = "{\"model\":\"m\",\"stream\":true}";
    private static final Duration SOON = Duration.ofSeconds(10);

    private ProviderSimulator simulator;
    private FaultProxy proxy;

    @BeforeEach
    void start() {
        simulator = ProviderSimulator.start().otherwise(Answers.chat(20));
        proxy = FaultProxy.to(simulator.port());
    }

    @AfterEach
    void stop() {
        proxy.close();
        simulator.close();
    }

    @Test
    void changesNothingOnAGoodNetwork() {
        RawResponse direct;
        try (RawClient client = RawClient.connect(simulator.port())) {
            direct = client.post(CHAT, STREAM).readResponse();
        }

        RawResponse proxied = ask();

        assertThat(proxied.end()).isEqualTo(End.COMPLETE);
        assertThat(proxied.body()).isEqualTo(direct.body());
    }

    @Test
    void delaysEachPieceByTheLatencyAndAtMostTheJitter() {
        proxy.downstream(Toxics.NONE.withLatency(Duration.ofMillis(80), Duration.ofMillis(20)));
        long start = System.nanoTime();

        RawResponse response = ask();

        assertThat(response.end()).isEqualTo(End.COMPLETE);
        assertThat(Duration.ofNanos(response.reads().get(0).atNanos() - start)).isGreaterThan(Duration.ofMillis(80));
    }

    @Test
    void limitsTheBandwidth() {
        byte[] half = new byte[20_000];
        simulator.otherwise(Script.status(200).send(half).build());
        proxy.downstream(Toxics.NONE.withBandwidth(100_000));
        long start = System.nanoTime();

        RawResponse response = ask();

        assertThat(response.body()).hasSize(half.length);
        // 20 kB at 100 kB/s, less the last portion, which nobody waits for
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(170));
    }

    @Test
    void cutsIntoSlices() {
        proxy.downstream(Toxics.NONE.withSlices(700, Duration.ofMillis(3)));

        RawResponse response = ask();

        assertThat(response.end()).isEqualTo(End.COMPLETE);
        assertThat(response.reads().get(0).bytes()).isLessThanOrEqualTo(1400);
        assertThat(response.reads().size()).isGreaterThan(3);
    }

    @Test
    void resetsAfterThatManyBytes() {
        proxy.downstream(Toxics.NONE.withResetAfter(1000));

        RawResponse response = ask();

        assertThat(response.end()).isEqualTo(End.RESET);
        assertThat(total(response)).isEqualTo(1000);
    }

    @Test
    void closesAfterThatManyBytes() {
        proxy.downstream(Toxics.NONE.withCloseAfter(1500));

        RawResponse response = ask();

        assertThat(response.end()).isEqualTo(End.TRUNCATED);
        assertThat(total(response)).isEqualTo(1500);
    }

    @Test
    void resetsTheServerToo() {
        simulator.otherwise(
                Script.stream().send("data: " + "x".repeat(2000) + "\n\n").stall());
        proxy.downstream(Toxics.NONE.withResetAfter(1000));

        ask();

        assertThat(simulator.awaitRequest().awaitEnd(SOON).how()).isEqualTo(How.PEER_RESET);
    }

    @Test
    void swallowsEverythingInABlackHoleWhileTheSenderThinksItHasArrived() {
        Gate gate = new Gate();
        simulator.otherwise(Answers.steppedText(gate, "before", "after"));
        try (RawClient client = RawClient.connect(proxy.port(), Duration.ofMillis(300))) {
            RawResponse response = client.post(CHAT, STREAM).response();
            gate.step();
            gate.step();
            response.readUntil("before");

            proxy.downstream(Toxics.NONE.withBlackHole());
            gate.open();
            assertThat(simulator.awaitRequest().awaitEnd(SOON).how()).isEqualTo(How.COMPLETED);
            assertThat(response.readUntil("after").end()).isEqualTo(End.TIMEOUT);
            assertThat(response.bodyText()).doesNotContain("after");
        }
    }

    @Test
    void healsWhenTheToxicIsTakenAway() {
        proxy.downstream(Toxics.NONE.withBlackHole());
        try (RawClient client = RawClient.connect(proxy.port())) {
            client.post(CHAT, STREAM);
            assertThat(simulator.awaitRequest().awaitEnd(SOON).how()).isEqualTo(How.COMPLETED);

            proxy.downstream(Toxics.NONE);

            assertThat(client.readResponse().events().done()).isTrue();
        }
    }

    @Test
    void hidesTheDepartureOfAHalfOpenPeer() {
        simulator.otherwise(Script.stream().send("data: 1\n\n").cutRst());
        proxy.downstream(Toxics.NONE.withHalfOpen());
        try (RawClient client = RawClient.connect(proxy.port(), Duration.ofMillis(400))) {
            RawResponse response = client.post(CHAT, STREAM).readResponse();

            assertThat(response.bodyText()).contains("data: 1");
            assertThat(response.end()).isEqualTo(End.TIMEOUT);
        }
    }

    @Test
    void passesOnFinAsFinAndRstAsRst() {
        simulator.enqueue(
                Script.stream().send("data: 1\n\n").closeOrderly(),
                Script.stream().send("data: 1\n\n").cutRst());

        assertThat(ask().end()).isEqualTo(End.TRUNCATED);
        assertThat(ask().end()).isEqualTo(End.RESET);
    }

    @Test
    void delaysAClose() {
        simulator.otherwise(Script.stream().send("data: 1\n\n").closeOrderly());
        proxy.downstream(Toxics.NONE.withSlowClose(Duration.ofMillis(200)));
        long start = System.nanoTime();

        RawResponse response = ask();

        assertThat(response.end()).isEqualTo(End.TRUNCATED);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofMillis(200));
    }

    @Test
    void passesBackPressureThrough() {
        byte[] chunk = new byte[16_384];
        simulator.otherwise(
                Script.stream().repeat(4096, i -> chunk, Duration.ZERO).build());
        try (RawClient client = RawClient.connectWithSmallBuffer(proxy.port(), 4096)) {
            RawResponse response = client.post(CHAT, STREAM).response().readAtLeast(1);
            SeenRequest seen = simulator.awaitRequest();

            assertThat(seen.end()).isNotDone();
            assertThat(seen.bytesSent()).isLessThan(64L << 20);

            assertThat(response.readToEnd().body().length).isEqualTo(64 << 20);
        }
    }

    @Test
    void refusesWhileItIsDownAndServesWhenItIsUpAgain() {
        proxy.down();
        assertThat(RawClient.knock(proxy.port())).isEqualTo(RawClient.Closing.REFUSED);

        proxy.up();

        assertThat(ask().end()).isEqualTo(End.COMPLETE);
    }

    @Test
    void rejectsNewConnectionsAndKeepsTheOldOnes() {
        try (RawClient old = RawClient.connect(proxy.port())) {
            old.post(CHAT, STREAM).readResponse();

            proxy.rejectNew(true);

            assertThat(RawClient.knock(proxy.port())).isEqualTo(RawClient.Closing.RST);
            assertThat(old.post(CHAT, STREAM).readResponse().end()).isEqualTo(End.COMPLETE);
        }
    }

    private RawResponse ask() {
        try (RawClient client = RawClient.connect(proxy.port())) {
            return client.post(CHAT, STREAM).readResponse();
        }
    }

    private static int total(RawResponse response) {
        return response.reads().stream().mapToInt(RawResponse.Read::bytes).sum();
    }
}
