// SPDX-License-Identifier: Apache-2.0
package dev.penstock.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.kit.time.ManualTime;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class OtlpExportTest {

    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ManualTime time = new ManualTime();
    private final Metrics metrics = new Metrics("1", "c");
    private final List<byte[]> posted = new ArrayList<>();
    private final Deque<CompletableFuture<Integer>> answers = new ArrayDeque<>();
    private final OtlpExport export = new OtlpExport(metrics, "1", "node-1", this::post, Runnable::run, time);

    private CompletableFuture<Integer> post(byte[] json) {
        posted.add(json);
        CompletableFuture<Integer> next = answers.poll();
        return next == null ? CompletableFuture.completedFuture(200) : next;
    }

    private void answer(Integer... statuses) {
        for (Integer status : statuses) {
            answers.add(CompletableFuture.completedFuture(status));
        }
    }

    @AfterEach
    void close() {
        export.close();
        metrics.close();
    }

    private static JsonNode spans(byte[] json) {
        try {
            return new ObjectMapper().readTree(json).at("/resourceSpans/0/scopeSpans/0/spans");
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void onceASecondAllThatEndedIsSentTogether() {
        export.start();
        export.settled(Endings.fellBack("chat"));
        export.settled(Endings.ok("chat"));
        assertThat(posted).isEmpty();

        time.advance(SECOND);
        time.advance(SECOND);

        assertThat(posted).hasSize(1);
        assertThat(spans(posted.get(0))).hasSize(6 + 2 + 6);
        assertThat(export.sent()).isEqualTo(2);
    }

    @Test
    void whatNobodyRecordsIsNotKept() {
        export.start();
        export.settled(Endings.untraced("chat"));

        time.advance(SECOND);

        assertThat(posted).isEmpty();
    }

    @Test
    void aReceiverThatIsAwayIsAskedAgainWithTheSameAtGrowingIntervals() {
        answers.add(CompletableFuture.failedFuture(new IllegalStateException("refused")));
        answer(503, 429);
        export.start();
        export.settled(Endings.ok("chat"));

        time.advance(SECOND);
        assertThat(posted).hasSize(1);
        time.advance(SECOND);
        assertThat(posted).hasSize(2);
        time.advance(SECOND.multipliedBy(2));
        assertThat(posted).hasSize(3);
        time.advance(SECOND.multipliedBy(4));

        assertThat(posted).hasSize(4).allMatch(body -> body == posted.get(0));
        assertThat(export.sent()).isEqualTo(1);
        assertThat(export.dropped()).isZero();
    }

    @Test
    void whatIsRefusedForGoodIsDroppedAndCountedAndTheNextIsSent() {
        answer(400);
        export.start();
        export.settled(Endings.ok("chat"));
        time.advance(SECOND);
        export.settled(Endings.ok("chat"));
        time.advance(SECOND);

        assertThat(posted).hasSize(2);
        assertThat(export.dropped()).isEqualTo(1);
        assertThat(export.sent()).isEqualTo(1);
    }

    @Test
    void afterFiveTriesABatchIsGivenUp() {
        answer(503, 503, 503, 503, 503);
        export.start();
        export.settled(Endings.ok("chat"));

        time.advance(Duration.ofMinutes(1));

        assertThat(posted).hasSize(OtlpExport.MOST_TRIES);
        assertThat(export.dropped()).isEqualTo(1);
    }

    @Test
    void aNameWithHalfOfACharacterKeepsNoOtherFromBeingSent() {
        export.start();
        export.settled(Endings.ok("openai/\ud800"));
        export.settled(Endings.ok("chat"));

        time.advance(SECOND);

        assertThat(posted).hasSize(1);
        assertThat(spans(posted.get(0)).toString()).contains("openai/?", "\"chat\"");
        assertThat(export.sent()).isEqualTo(2);
        assertThat(export.dropped()).isZero();
    }

    @Test
    void aMeterThatCannotBeReadCostsOneReadingAndNotAllThatFollow() {
        boolean[] broken = {true};
        metrics.levels("penstock_test_level", "For this test.", List.of(), () -> {
            if (broken[0]) {
                throw new IllegalStateException("not now");
            }
            return Map.of();
        });
        try (OtlpMetrics sent = new OtlpMetrics(
                metrics, "1", "node-1", this::post, Runnable::run, time, time, Duration.ofSeconds(10))) {
            sent.start();
            time.advance(Duration.ofSeconds(10));
            assertThat(posted).isEmpty();
            assertThat(sent.failures()).isEqualTo(1);
            broken[0] = false;
            time.advance(Duration.ofSeconds(10));
            assertThat(posted).hasSize(1);
        }
    }

    @Test
    void theQueueHasAnEnd() {
        CompletableFuture<Integer> never = new CompletableFuture<>();
        answers.add(never);
        export.start();
        export.settled(Endings.ok("chat"));
        time.advance(SECOND);

        for (int i = 0; i < OtlpExport.MOST_WAITING + 10; i++) {
            export.settled(Endings.ok("chat"));
        }
        time.advance(Duration.ofMinutes(5));

        assertThat(posted).hasSize(1);
        assertThat(export.dropped()).isEqualTo(10);

        never.complete(200);
        assertThat(posted).hasSize(1 + OtlpExport.MOST_WAITING / OtlpExport.BATCH);
        assertThat(export.sent()).isEqualTo(1 + OtlpExport.MOST_WAITING);
    }

    @Test
    void atTheEndItSendsWhatWaitsOnceAndCountsWhatIsNotTaken() {
        export.start();
        export.settled(Endings.ok("chat"));
        export.close();
        export.flush().join();
        answer(503);
        export.settled(Endings.ok("chat"));
        export.flush().join();

        assertThat(posted).hasSize(2);
        assertThat(export.sent()).isEqualTo(1);
        assertThat(export.dropped()).isEqualTo(1);
        assertThat(time.pending()).isZero();
    }
}
