// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** What the ledger said. */
final class Heard implements LedgerListener {

    final List<String> alarms = new CopyOnWriteArrayList<>();
    final List<String> notes = new CopyOnWriteArrayList<>();
    final AtomicInteger syncs = new AtomicInteger();

    @Override
    public void onSync(long nanos) {
        syncs.incrementAndGet();
    }

    @Override
    public void onAlarm(String what) {
        alarms.add(what);
    }

    @Override
    public void onNote(String what) {
        notes.add(what);
    }
}
