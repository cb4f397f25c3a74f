// SPDX-License-Identifier: Apache-2.0
package dev.penstock.accounting;

/** Hears of every exchange once, when it has ended. Called on the event loop of the exchange: it must not block or throw. */
@FunctionalInterface
public interface SettlementListener {

    void settled(ExchangeRecord settled);
}
