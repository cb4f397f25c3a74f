// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

import dev.penstock.accounting.ExchangeRecord;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One exchange in the ledger. Its {@link ExchangeRecord#uuid} is its key: written twice, it stands there once.
 *
 * @param node that served it
 * @param exchange what is known of it
 * @param content what was said in it, on its way into the store; null where nothing of that is to be kept, and in what a store answers,
 *     which tells it by {@link LedgerStore#content} only
 * @param bytes node and exchange as the journal has them, so that a store need not encode them again; null where it has none. Two
 *     entries are equal whether they have them or not
 */
public record LedgerEntry(
        String node,
        ExchangeRecord exchange,
        @Nullable CallContent content,
        @Nullable EntryBytes bytes) {

    /** Without what was said. */
    public LedgerEntry(String node, ExchangeRecord exchange) {
        this(node, exchange, null, null);
    }

    /** On its way past the journal. */
    public LedgerEntry(String node, ExchangeRecord exchange, @Nullable CallContent content) {
        this(node, exchange, content, null);
    }

    LedgerEntry withoutContent() {
        return new LedgerEntry(node, exchange);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof LedgerEntry that
                && node.equals(that.node)
                && exchange.equals(that.exchange)
                && Objects.equals(content, that.content);
    }

    @Override
    public int hashCode() {
        return Objects.hash(node, exchange, content);
    }

    @Override
    public String toString() {
        return "LedgerEntry[node=" + node + ", exchange=" + exchange + ", content=" + content + "]";
    }
}
