// SPDX-License-Identifier: Apache-2.0
package dev.penstock.quota;

import dev.penstock.quota.LeaseStore.Ask;
import dev.penstock.quota.LeaseStore.Grant;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/** What a store should answer, one question after the other: slow, exact, and written from the words of the port alone. */
final class LeaseStoreModel {

    private final Map<String, TreeMap<Long, BigInteger>> windows = new HashMap<>();
    private final Map<String, Map<String, BigInteger>> holders = new HashMap<>();

    Grant exchange(Ask ask) {
        return ask.held() < 0 ? used(ask) : held(ask);
    }

    private Grant used(Ask ask) {
        TreeMap<Long, BigInteger> known = windows.computeIfAbsent(ask.counter(), counter -> new TreeMap<>());
        if (!known.isEmpty() && ask.window() < known.lastKey()) {
            return Grant.tooLate(known.lastKey());
        }
        BigInteger taken = notBelowZero(
                known.getOrDefault(ask.window(), BigInteger.ZERO).subtract(BigInteger.valueOf(ask.giveBack())));
        BigInteger free = notBelowZero(BigInteger.valueOf(ask.limit()).subtract(taken));
        BigInteger granted = free.min(BigInteger.valueOf(ask.take()));
        known.put(ask.window(), taken.add(granted));
        return new Grant(true, granted.longValueExact(), free.subtract(granted).longValueExact());
    }

    private Grant held(Ask ask) {
        Map<String, BigInteger> known = holders.computeIfAbsent(ask.counter(), counter -> new HashMap<>());
        BigInteger own = notBelowZero(BigInteger.valueOf(ask.held()).subtract(BigInteger.valueOf(ask.giveBack())));
        known.put(ask.owner(), own);
        BigInteger all = known.values().stream().reduce(BigInteger.ZERO, BigInteger::add);
        BigInteger free = notBelowZero(BigInteger.valueOf(ask.limit()).subtract(all));
        BigInteger granted = free.min(BigInteger.valueOf(ask.take()));
        known.put(ask.owner(), own.add(granted));
        return new Grant(true, granted.longValueExact(), free.subtract(granted).longValueExact());
    }

    private static BigInteger notBelowZero(BigInteger number) {
        return number.max(BigInteger.ZERO);
    }
}
