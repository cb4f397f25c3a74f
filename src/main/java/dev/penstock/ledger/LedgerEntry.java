// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

import dev.penstock.accounting.ExchangeRecord;
import org.jspecify.annotations.Nullable;

/**
 * One exchange in the ledger. Its {@link ExchangeRecord#uuid} is its key: written twice, it stands there once.
 *
 * @param node that served it
 * @param exchange what is known of it
 * @param content what was said in it, on its way into the store; null where nothing of that is to be kept, and in what a store answers,
 *     which tells it by {@link LedgerStore#content} only
 */
public record LedgerEntry(
        String node, ExchangeRecord exchange, @Nullable CallContent content) {

    /** Without what was said. */
    public LedgerEntry(String node, ExchangeRecord exchange) {
        this(node, exchange, null);
    }

    LedgerEntry withoutContent() {
        return new LedgerEntry(node, exchange);
    }
}
