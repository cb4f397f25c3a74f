// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Raw sockets against a real Vert.x server with the guard in front of its codec. */
final class StrictHttpTest {

    private static EdgeFixture edge;

    @BeforeAll
    static void open() throws Exception {
        edge = new EdgeFixture();
    }

    @AfterAll
    static void close() throws Exception {
        edge.close();
    }

    @BeforeEach
    void forget() {
        edge.handled.clear();
        edge.refusals.clear();
    }

    static Stream<RawRequests.Row> rows() {
        return RawRequests.all();
    }

    @ParameterizedTest
    @MethodSource("rows")
    void answersEachRawRequestAsTheCorpusSays(RawRequests.Row row) throws Exception {
        List<Integer> statuses = new ArrayList<>();
        String rest = "";
        try (RawClient client = new RawClient(edge.port()).send(row.bytes())) {
            boolean head = row.name().contains("head request");
            for (int i = 0; i < row.expected().size(); i++) {
                statuses.add(client.read(!head).status());
            }
            if (row.refused()) {
                rest = client.rest();
            }
        }
        assertThat(statuses).isEqualTo(row.statuses());
        assertThat(rest).as("after the refusal").isEmpty();
        assertThat(edge.handled).as("seen by the handler").hasSizeBetween(row.handledAtLeast(), row.handledAtMost());
        assertThat(edge.handled).noneMatch(seen -> seen.contains("smuggled"));
    }

    @Test
    void hasEnoughRows() {
        assertThat(RawRequests.all().count()).isGreaterThanOrEqualTo(120);
    }

    @Test
    void saysWhatIsWrongInTheSchemaOfTheClientAndNeverEchoesIt() throws Exception {
        try (RawClient client = new RawClient(edge.port())) {
            client.send("GET /<script>evil HTTP/1.1\r\nHost: a\r\n\r\n");
            RawClient.Response response = client.read();
            assertThat(response.headers())
                    .containsEntry("connection", "close")
                    .containsEntry("content-type", "application/json");
            assertThat(response.body())
                    .contains("\"code\":\"target\"", "\"type\":\"invalid_request_error\"")
                    .doesNotContain("script", "evil");
            assertThat(edge.refusals).containsExactly("400 target");
        }
    }
}
