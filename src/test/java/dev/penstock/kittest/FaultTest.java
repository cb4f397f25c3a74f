// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kittest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.kit.BlackHole;
import dev.penstock.kit.Fault;
import dev.penstock.kit.FaultyPlaces;
import dev.penstock.kit.H2Client;
import dev.penstock.kit.ProviderSimulator.Transport;
import dev.penstock.kit.RawClient;
import dev.penstock.kit.RawResponse;
import dev.penstock.kit.RawResponse.End;
import dev.penstock.kit.RefusedPort;
import dev.penstock.kit.SeenRequest.How;
import dev.penstock.kit.SseEvents;
import dev.penstock.kit.tls.TestCertificates;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Stream;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Every fault is what its name says, on the wire, seen by a client without a gateway in between. */
final class FaultTest {

    private static final Duration STALL = Duration.ofMillis(400);

    private static final Set<Fault> SILENT_WITHOUT_HEAD = EnumSet.of(Fault.ACCEPTED_THEN_SILENT);
    private static final Set<Fault> STALLS = EnumSet.of(
            Fault.ACCEPTED_THEN_SILENT,
            Fault.HEAD_THEN_SILENT,
            Fault.STALL_BEFORE_FIRST_TOKEN,
            Fault.STALL_MID_TEXT,
            Fault.STALL_IN_CHARACTER,
            Fault.STALL_IN_TOOL_CALL,
            Fault.STALL_AFTER_FINISH,
            Fault.STALL_AFTER_MARKER);
    private static final Set<Fault> RESETS = EnumSet.of(
            Fault.RST_BEFORE_HEAD,
            Fault.RST_BEFORE_FIRST_TOKEN,
            Fault.RST_MID_TEXT,
            Fault.RST_IN_TOOL_CALL,
            Fault.RST_AFTER_FINISH);
    private static final Set<Fault> CUTS = EnumSet.of(
            Fault.CLOSED_BEFORE_HEAD,
            Fault.CUT_BEFORE_FIRST_TOKEN,
            Fault.CUT_MID_TEXT,
            Fault.CUT_IN_EVENT,
            Fault.CUT_IN_CHARACTER,
            Fault.CUT_IN_TOOL_CALL,
            Fault.CUT_AFTER_FINISH,
            Fault.HALF_CHUNK,
            Fault.LENGTH_TOO_LONG);
    /** The transport ends well; what is wrong, if anything, is what it carried. */
    private static final Set<Fault> TERMINAL_MARKER_COMES = EnumSet.of(
            Fault.ERROR_THEN_MARKER,
            Fault.STALL_AFTER_MARKER,
            Fault.MALFORMED_JSON,
            Fault.UNKNOWN_EVENT,
            Fault.GIANT_EVENT,
            Fault.MISSING_USAGE,
            Fault.DUPLICATE_MARKER,
            Fault.DATA_AFTER_MARKER,
            Fault.CRLF,
            Fault.COMMENTS_EVERYWHERE,
            Fault.ONE_BYTE_PER_SEGMENT,
            Fault.WHOLE_IN_ONE_SEGMENT,
            Fault.UNTIL_CLOSE,
            Fault.NONE);

    private static TestCertificates certificates;
    private static FaultyPlaces places;

    @BeforeAll
    static void openPlaces() {
        certificates = TestCertificates.create();
        places = FaultyPlaces.open(
                certificates.localhost().options(), Transport.HTTP_1_1, Transport.HTTP_2_CLEAR, Transport.HTTPS_2);
    }

    @AfterAll
    static void closePlaces() {
        places.close();
    }

    @TestFactory
    Stream<DynamicTest> breaksAStreamOnHttp1AsItsNameSays() {
        return scripted(true)
                .map(fault -> DynamicTest.dynamicTest(fault.model(), () -> {
                    try (RawClient client = RawClient.connect(port(Transport.HTTP_1_1), patience(fault))) {
                        RawResponse response = client.post("/v1/chat/completions", body(fault, true))
                                .readResponse();

                        assertThat(response.end()).as(response.toString()).isEqualTo(expectedEnd(fault));
                        assertThat(response.events().done())
                                .as("the terminal marker comes")
                                .isEqualTo(TERMINAL_MARKER_COMES.contains(fault));
                        if (SILENT_WITHOUT_HEAD.contains(fault) || fault == Fault.RST_BEFORE_HEAD) {
                            assertThat(response.status()).isZero();
                        }
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> breaksASingleAnswerOnHttp1AsItsNameSays() {
        return scripted(false)
                .map(fault -> DynamicTest.dynamicTest(fault.model(), () -> {
                    try (RawClient client = RawClient.connect(port(Transport.HTTP_1_1), patience(fault))) {
                        RawResponse response = client.post("/v1/chat/completions", body(fault, false))
                                .readResponse();

                        assertThat(response.end()).as(response.toString()).isEqualTo(expectedEnd(fault));
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> breaksAStreamOnHttp2AsItsNameSays() {
        Set<Fault> leavingTheConnectionOpen = EnumSet.copyOf(STALLS);
        leavingTheConnectionOpen.add(Fault.KEEP_ALIVES_ONLY);
        return scripted(true)
                .filter(Fault::appliesToHttp2)
                .filter(fault -> !leavingTheConnectionOpen.contains(fault))
                .map(fault -> DynamicTest.dynamicTest(fault.model(), () -> {
                    try (H2Client client = H2Client.clear(port(Transport.HTTP_2_CLEAR))) {
                        H2Client.Exchange exchange = client.post("/v1/chat/completions", body(fault, true));

                        assertThat(exchange.awaitEnd()).isEqualTo(expectedHttp2End(fault));
                        assertThat(exchange.events().done()).isEqualTo(TERMINAL_MARKER_COMES.contains(fault));
                    }
                }));
    }

    @Test
    void stopsInsideACharacter() {
        byte[] body = stream(Fault.CUT_IN_CHARACTER).body();

        assertThat(new String(body, StandardCharsets.UTF_8)).endsWith("\uFFFD");
        assertThat(body[body.length - 2] & 0xF8).isEqualTo(0xF0);
    }

    @Test
    void stopsInsideAnHttpChunk() {
        assertThat(stream(Fault.HALF_CHUNK).stoppedInsideChunk()).isTrue();
        assertThat(stream(Fault.CUT_MID_TEXT).stoppedInsideChunk()).isFalse();
    }

    @Test
    void deliversTheSameEventsHoweverTheSegmentsFall() {
        SseEvents normal = stream(Fault.NONE).events();

        RawResponse one = stream(Fault.ONE_BYTE_PER_SEGMENT);
        assertThat(one.events().events().size()).isEqualTo(normal.events().size());
        // How many segments one read takes is up to the scheduler; that they came over many turns of the loop is not.
        assertThat(one.reads().size()).isGreaterThan(1);

        RawResponse whole = stream(Fault.WHOLE_IN_ONE_SEGMENT);
        assertThat(whole.events().events().size()).isEqualTo(normal.events().size());
        assertThat(whole.reads()).hasSize(1);
    }

    @Test
    void putsCommentsInsideEventsWithoutChangingThem() {
        SseEvents parsed = stream(Fault.COMMENTS_EVERYWHERE).events();

        assertThat(parsed.events()).hasSameSizeAs(stream(Fault.NONE).events().events());
        assertThat(parsed.comments()).isGreaterThan(parsed.events().size() * 2);
    }

    @Test
    void keepsAStalledConnectionOpenUntilTheClientLeaves() {
        try (RawClient client = RawClient.connect(port(Transport.HTTP_1_1))) {
            client.post("/v1/chat/completions", body(Fault.STALL_MID_TEXT, true))
                    .response()
                    .readUntil(Fault.Texts.THIRD);
            client.reset();

            var seen = seenLast(Fault.STALL_MID_TEXT);
            assertThat(seen.awaitEnd(Duration.ofSeconds(10)).how()).isEqualTo(How.PEER_RESET);
        }
    }

    @Test
    void refusesAConnection() throws IOException {
        try (RefusedPort refused = RefusedPort.open();
                Socket socket = new Socket()) {
            assertThatThrownBy(() -> socket.connect(new InetSocketAddress("127.0.0.1", refused.port()), 2_000))
                    .isInstanceOf(ConnectException.class)
                    .hasMessageContaining("refused");
        }
    }

    @Test
    void swallowsASyn() throws IOException {
        try (BlackHole hole = BlackHole.open();
                Socket socket = new Socket()) {
            assertThatThrownBy(() -> socket.connect(new InetSocketAddress("127.0.0.1", hole.port()), 500))
                    .isInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    void showsACertificateThatOnlyThoseTrustWhoKnowItsAuthority() throws Exception {
        int port = URI.create(places.baseUrl(Fault.Place.UNTRUSTED_TLS, Transport.HTTP_1_1))
                .getPort();

        try (RawClient knowing = RawClient.connectTls(port, certificates.clientContext())) {
            assertThat(knowing.post("/v1/chat/completions", body(Fault.NONE, true))
                            .readResponse()
                            .events()
                            .done())
                    .isTrue();
        }
        try (RawClient strange =
                RawClient.connectTls(port, TestCertificates.create().clientContext())) {
            assertThatThrownBy(() -> strange.post("/v1/chat/completions", body(Fault.NONE, true)))
                    .hasCauseInstanceOf(SSLHandshakeException.class);
        }
    }

    @Test
    void speaksHttp2OverTls() {
        try (H2Client client = H2Client.tls(port(Transport.HTTPS_2))) {
            H2Client.Exchange exchange = client.post("/v1/chat/completions", body(Fault.NONE, true));

            assertThat(exchange.awaitEnd()).isEqualTo(H2Client.End.COMPLETE);
            assertThat(exchange.events().done()).isTrue();
        }
    }

    private static RawResponse stream(Fault fault) {
        try (RawClient client = RawClient.connect(port(Transport.HTTP_1_1))) {
            return client.post("/v1/chat/completions", body(fault, true)).readResponse();
        }
    }

    private static dev.penstock.kit.SeenRequest seenLast(Fault fault) {
        return places.simulator().requests().stream()
                .filter(seen -> seen.model().equals(fault.model()))
                .reduce((first, second) -> second)
                .orElseThrow();
    }

    private static Stream<Fault> scripted(boolean stream) {
        return Arrays.stream(Fault.values())
                .filter(fault -> fault.place() == Fault.Place.SCRIPT)
                .filter(fault -> fault.appliesTo(stream));
    }

    private static End expectedEnd(Fault fault) {
        if (STALLS.contains(fault)) {
            return End.TIMEOUT;
        }
        if (RESETS.contains(fault)) {
            return End.RESET;
        }
        if (CUTS.contains(fault)) {
            return End.TRUNCATED;
        }
        if (fault == Fault.KEEP_ALIVES_ONLY) {
            return End.TIMEOUT;
        }
        return fault == Fault.UNTIL_CLOSE ? End.COMPLETE_BY_CLOSE : End.COMPLETE;
    }

    private static H2Client.End expectedHttp2End(Fault fault) {
        if (RESETS.contains(fault)) {
            return H2Client.End.RESET;
        }
        return CUTS.contains(fault) ? H2Client.End.CONNECTION_LOST : H2Client.End.COMPLETE;
    }

    private static Duration patience(Fault fault) {
        return STALLS.contains(fault) || fault == Fault.KEEP_ALIVES_ONLY ? STALL : Duration.ofSeconds(10);
    }

    private static int port(Transport transport) {
        return places.simulator().port(transport);
    }

    private static String body(Fault fault, boolean stream) {
        return "{\"model\":\"" + fault.model() + "\",\"stream\":" + stream + ",\"messages\":[]}";
    }
}
