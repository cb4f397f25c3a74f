// SPDX-License-Identifier: Apache-2.0
/**
 * Cold. What every call cost and how it went, so that none is lost and none counted twice: each
 * {@link dev.penstock.exchange.Outcome outcome} goes to a journal on the local disk first and from there in batches to the
 * {@link dev.penstock.ledger.LedgerStore}, which is asked for usage afterwards. Open {@link dev.penstock.ledger.LedgerEntry} first.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.ledger;
