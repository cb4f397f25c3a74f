// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.accounting.ExchangeRecord;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class RecordQueueTest {

    @Test
    void givesInTheOrderInWhichItTookAndRefusesWhenItIsFull() {
        RecordQueue queue = new RecordQueue(4);
        List<ExchangeRecord> records = new RandomExchanges(1).take(5);
        for (int round = 0; round < 10; round++) {
            records.subList(0, 4)
                    .forEach(record -> assertThat(queue.offer(record)).isTrue());
            assertThat(queue.offer(records.get(4))).isFalse();
            assertThat(queue.size()).isEqualTo(4);
            records.subList(0, 4).forEach(record -> assertThat(queue.poll()).isSameAs(record));
            assertThat(queue.poll()).isNull();
            assertThat(queue.isEmpty()).isTrue();
        }
    }

    @Test
    void losesNothingAndDoublesNothingBetweenManyThreads() throws Exception {
        RecordQueue queue = new RecordQueue(64);
        int threads = 4;
        int each = 5_000;
        AtomicInteger refused = new AtomicInteger();
        List<Thread> producers = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            List<ExchangeRecord> own = new RandomExchanges(100 + i).take(each);
            producers.add(Thread.ofPlatform()
                    .start(() -> own.forEach(record -> {
                        while (!queue.offer(record)) {
                            refused.incrementAndGet();
                            Thread.onSpinWait();
                        }
                    })));
        }
        Set<ExchangeRecord> taken = new HashSet<>();
        int count = 0;
        while (count < threads * each) {
            ExchangeRecord one = queue.poll();
            if (one == null) {
                Thread.onSpinWait();
            } else {
                taken.add(one);
                count++;
            }
        }
        for (Thread producer : producers) {
            producer.join();
        }
        assertThat(taken).hasSize(threads * each);
        assertThat(queue.poll()).isNull();
    }
}
