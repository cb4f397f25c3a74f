// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

import dev.penstock.accounting.ExchangeRecord;

/**
 * One exchange in the ledger. Its {@link ExchangeRecord#uuid} is its key: written twice, it stands there once.
 *
 * @param node that served it
 * @param exchange what is known of it
 */
public record LedgerEntry(String node, ExchangeRecord exchange) {}
