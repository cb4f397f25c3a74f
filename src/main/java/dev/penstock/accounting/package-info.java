// SPDX-License-Identifier: Apache-2.0
/**
 * Warm. The one place where an exchange ends, however it ended: {@link dev.penstock.accounting.Settlement} takes the facts
 * once, makes an {@link dev.penstock.accounting.ExchangeRecord} of them and tells every
 * {@link dev.penstock.accounting.SettlementListener}. What comes in: facts from the pipeline and the chute. What goes out:
 * one record per exchange. {@link dev.penstock.accounting.PriceTable} says what calls cost. Open
 * {@link dev.penstock.accounting.ExchangeRecord} first.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.accounting;
