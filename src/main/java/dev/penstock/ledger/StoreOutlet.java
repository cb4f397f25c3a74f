// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

import dev.penstock.accounting.ExchangeRecord;
import java.io.IOException;
import java.util.List;

/** Where there is no journal: straight into the store. */
final class StoreOutlet implements Outlet {

    private final String node;
    private final PatientStore store;
    private final Contents contents;

    StoreOutlet(String node, PatientStore store, Contents contents) {
        this.node = node;
        this.store = store;
        this.contents = contents;
    }

    @Override
    public int put(List<ExchangeRecord> batch) throws IOException {
        store.append(batch.stream()
                .map(one -> new LedgerEntry(node, one, contents.of(one)))
                .toList());
        return 0;
    }

    @Override
    public void idle() {}

    @Override
    public void close() {}
}
