// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class RecordFirstTest {

    private final List<String> heard = new ArrayList<>();
    private final Queue<Runnable> turns = new ArrayDeque<>();
    private final RecordFirst records =
            new RecordFirst(settled -> heard.add("ledger"), settled -> heard.add("others"), turns::add);

    private void end(String name) {
        records.whenItMay(new UUID(0, 0), () -> heard.add(name));
    }

    private void nextTurn() {
        turns.forEach(Runnable::run);
        turns.clear();
    }

    @Test
    void theLedgerHasTheRecordBeforeTheLastByteGoesOutAndOthersHearAfterIt() {
        end("last byte");
        records.settled(null);
        nextTurn();

        assertThat(heard).containsExactly("ledger", "last byte", "others");
    }

    @Test
    void anAnswerWhoseExchangeIsNotSettledInItsTurnEndsInTheNextOne() {
        end("last byte");
        assertThat(heard).isEmpty();

        nextTurn();

        assertThat(heard).containsExactly("last byte");
    }

    @Test
    void anEndWaitsForNoOther() {
        end("one");
        end("another");
        records.settled(null);
        nextTurn();

        assertThat(heard).containsExactly("one", "ledger", "another", "others");
    }
}
