// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

/** A question that cannot be answered as it stands: too much at once, or a cursor that nobody gave out. The message is for who asked. */
public final class QueryRefused extends Exception {

    private static final long serialVersionUID = 1;

    public QueryRefused(String message) {
        super(message, null, false, false);
    }
}
