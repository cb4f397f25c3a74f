// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import dev.penstock.accounting.ExchangeRecord;
import dev.penstock.ledger.Dimension;
import java.util.ArrayList;
import java.util.List;

/**
 * What single exchanges are put together by.
 *
 * @param bucket when it begins, in milliseconds
 * @param values of the dimensions that were asked for
 */
record CallGroup(long bucket, List<String> values) implements Comparable<CallGroup> {

    static CallGroup of(long bucket, List<Dimension> by, ExchangeRecord exchange) {
        List<String> values = new ArrayList<>(by.size());
        for (Dimension dimension : by) {
            values.add(value(dimension, exchange));
        }
        return new CallGroup(bucket, values);
    }

    /** As the sums have it. */
    static String value(Dimension dimension, ExchangeRecord exchange) {
        return switch (dimension) {
            case TENANT -> PlainText.name(exchange.tenant());
            case FEATURE -> PlainText.name(exchange.who().feature());
            case MODEL -> RollUps.model(exchange);
            case PROVIDER -> RollUps.provider(exchange);
            case OUTCOME -> exchange.outcome().label();
            case KEY -> PlainText.name(exchange.keyId());
            case USER -> PlainText.name(exchange.user());
        };
    }

    @Override
    public int compareTo(CallGroup other) {
        int order = Long.compare(bucket, other.bucket);
        for (int i = 0; order == 0 && i < values.size(); i++) {
            order = values.get(i).compareTo(other.values.get(i));
        }
        return order;
    }
}
