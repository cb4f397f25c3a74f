// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kittest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.kit.Recordings;
import dev.penstock.kit.SseEvents;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The oracle has to be right before anything can be measured against it. */
final class SseEventsTest {

    @Test
    void readsTheExamplesOfTheStandard() {
        // HTML Living Standard, 9.2.6: the stock ticker, the comment with three blocks, and the two with empty data.
        assertThat(SseEvents.parse("data: YHOO\ndata: +2\ndata: 10\n\n").data()).containsExactly("YHOO\n+2\n10");

        SseEvents blocks = SseEvents.parse(
                ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n");
        assertThat(blocks.events())
                .containsExactly(
                        new SseEvents.Event("message", "first event", "1"),
                        new SseEvents.Event("message", "second event", ""),
                        new SseEvents.Event("message", " third event", ""));
        assertThat(blocks.comments()).isEqualTo(1);

        SseEvents empty = SseEvents.parse("data\n\ndata\ndata\n\ndata:");
        assertThat(empty.data()).containsExactly("", "\n");
        assertThat(empty.unterminatedTail()).isTrue();

        assertThat(SseEvents.parse("data:test\n\ndata: test\n\n").data()).containsExactly("test", "test");
    }

    @Test
    void endsLinesAtEveryMixtureOfLineEnds() {
        assertThat(SseEvents.parse("data: a\r\n\r\ndata: b\r\rdata: c\n\n").data())
                .containsExactly("a", "b", "c");
    }

    @Test
    void keepsTheEventTypeOnlyForItsOwnEvent() {
        List<String> types =
                SseEvents.parse("event: ping\n\ndata: 1\n\nevent: x\ndata: 2\n\ndata: 3\n\n").events().stream()
                        .map(SseEvents.Event::type)
                        .toList();

        assertThat(types).containsExactly("message", "x", "message");
    }

    @TestFactory
    Stream<DynamicTest> agreesWithTheConstructedEdgeCases() {
        return Recordings.open().stream()
                .flatMap(recordings -> recordings.edgeCases().stream())
                .map(edge -> DynamicTest.dynamicTest(edge.name(), () -> {
                    SseEvents parsed = SseEvents.parse(edge.bytes());

                    assertThat(parsed.events().stream()
                                    .map(e -> new SseEvents.Event(e.type(), e.data(), ""))
                                    .toList())
                            .isEqualTo(edge.events());
                    assertThat(parsed.comments()).isEqualTo(edge.comments());
                    assertThat(parsed.unterminatedTail()).isEqualTo(edge.unterminatedTail());
                }));
    }

    @Test
    void reportsAnEventThatOnlyMissesItsBlankLine() {
        SseEvents parsed = SseEvents.parse("data: {\"a\":1}\n\ndata: [DONE]\n");

        assertThat(parsed.data()).containsExactly("{\"a\":1}");
        assertThat(parsed.unterminatedTail()).isTrue();
        assertThat(parsed.done()).isFalse();
    }
}
