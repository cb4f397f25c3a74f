// SPDX-License-Identifier: Apache-2.0
package dev.penstock.switches;

import dev.penstock.exchange.Identity;
import dev.penstock.exchange.SwitchObject;
import dev.penstock.exchange.SwitchRule;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A rule, ready to be asked for each call. It allocates nothing and looks at no clock. */
final class Compiled {

    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;
    private static final int WHOLE = 10_000;

    private final SwitchRule rule;
    private final Set<String> tenants;
    private final long seed;
    private final Refusal refusal;

    Compiled(SwitchObject object, SwitchRule rule) {
        this.rule = rule;
        this.tenants = Set.copyOf(rule.tenants());
        this.seed = add(FNV_OFFSET, object.toString());
        this.refusal = new Refusal(object, rule.reason(), rule.until());
    }

    SwitchRule rule() {
        return rule;
    }

    /** Whether there is anybody for whom it is off. */
    boolean refusesAnybody() {
        return rule.enabled() ? !rule.isForAll() : rule.percent() > 0;
    }

    /** Null where it is on for this caller. */
    @Nullable
    Refusal refusal(Identity who) {
        return isNamed(who) == rule.enabled() ? null : refusal;
    }

    /** Null unless it is off for everybody. */
    @Nullable
    Refusal refusalOfAll() {
        boolean named = rule.isForAll() && !rule.enabled();
        boolean nobody = rule.enabled() && rule.percent() == 0;
        return named || nobody ? refusal : null;
    }

    private boolean isNamed(Identity who) {
        boolean tenant = tenants.isEmpty() || tenants.contains(who.tenant());
        return tenant && (rule.percent() == 100 || isInShare(who));
    }

    /** A caller of whom nothing is known is in no share: there would be no telling it from the next one. */
    private boolean isInShare(Identity who) {
        String sticky = !who.user().isEmpty() ? who.user() : !who.keyId().isEmpty() ? who.keyId() : who.tenant();
        return !sticky.isEmpty() && place(sticky) < rule.percent() * (WHOLE / 100);
    }

    /** From 0 to 9999; the same on every node and after every restart, and for each switch another order of callers. */
    private int place(String caller) {
        long mixed = add(seed ^ '\n', caller);
        // The finalizer of MurmurHash3 (A. Appleby, public domain): FNV alone spreads the last characters badly.
        mixed = (mixed ^ (mixed >>> 33)) * 0xff51afd7ed558ccdL;
        mixed = (mixed ^ (mixed >>> 33)) * 0xc4ceb9fe1a85ec53L;
        return (int) Long.remainderUnsigned(mixed ^ (mixed >>> 33), WHOLE);
    }

    private static long add(long hash, String text) {
        long sum = hash;
        for (int i = 0; i < text.length(); i++) {
            sum = (sum ^ text.charAt(i)) * FNV_PRIME;
        }
        return sum;
    }
}
