// SPDX-License-Identifier: Apache-2.0
package dev.penstock.quota;

/** Which limits had a say in a call, and what became of them. Told from what a permit holds anyway, on the loop of its exchange. */
@FunctionalInterface
public interface LimitUses {

    /** None had. */
    LimitUses NONE = reader -> {};

    /** Tells them one by one. */
    void tell(Reader reader);

    /** Hears of a limit. */
    @FunctionalInterface
    interface Reader {

        /**
         * One limit.
         *
         * @param name as it is named to callers, without addresses
         * @param unit {@code requests}, {@code tokens}, {@code concurrent} or {@code nano_usd}
         * @param reserved before the call and while it answered, together
         * @param settled what it used; 0 before its end
         * @param refused whether it said no
         */
        void limit(String name, String unit, long reserved, long settled, boolean refused);
    }
}
