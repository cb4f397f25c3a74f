// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

import dev.penstock.accounting.ExchangeRecord;
import java.io.IOException;
import java.util.List;

/** Where the {@link LedgerWriter} puts the records. Blocks; used by the writer's thread. */
interface Outlet extends AutoCloseable {

    /**
     * Takes all of them or fails; asked again with the same ones, it takes none twice for those who ask the store.
     *
     * @return how many it could not take and never will
     */
    int put(List<ExchangeRecord> batch) throws IOException, UnreadableEntry;

    /** There is nothing to put at the moment. Opens what waits to be opened. */
    void idle() throws IOException, UnreadableEntry;

    @Override
    void close() throws IOException;
}
