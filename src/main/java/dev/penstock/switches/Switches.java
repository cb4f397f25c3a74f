// SPDX-License-Identifier: Apache-2.0
package dev.penstock.switches;

import dev.penstock.exchange.Identity;
import dev.penstock.exchange.SwitchObject;
import dev.penstock.exchange.SwitchObject.Kind;
import dev.penstock.exchange.SwitchRule;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is on and off at this moment. Asked for each call, by any thread: one volatile read and a look into small maps, a few
 * nanoseconds while everything is on. What is flipped changes the whole snapshot at once.
 */
public final class Switches {

    private volatile Snapshot now = Snapshot.NOTHING;

    /** Everything is on. */
    public Switches() {}

    /**
     * All rules that there are, and of them those that refuse somebody, by kind and name.
     *
     * @param gateway null while it is on for everybody
     */
    private record Snapshot(
            Map<SwitchObject, Compiled> all,
            boolean allOn,
            @Nullable Compiled gateway,
            Map<String, Compiled> tenants,
            Map<String, Compiled> keys,
            Map<String, Compiled> features,
            Map<String, Compiled> models,
            Map<String, Compiled> providers) {

        static final Snapshot NOTHING =
                new Snapshot(Map.of(), true, null, Map.of(), Map.of(), Map.of(), Map.of(), Map.of());
    }

    /** Replaces everything. */
    void set(Map<SwitchObject, SwitchRule> rules) {
        Map<SwitchObject, Compiled> all = new HashMap<>();
        Map<Kind, Map<String, Compiled>> refusing = new EnumMap<>(Kind.class);
        rules.forEach((object, rule) -> {
            Compiled compiled = new Compiled(object, rule);
            all.put(object, compiled);
            if (compiled.refusesAnybody()) {
                refusing.computeIfAbsent(object.kind(), kind -> new HashMap<>()).put(object.name(), compiled);
            }
        });
        now = new Snapshot(
                Map.copyOf(all),
                refusing.isEmpty(),
                of(refusing, Kind.GATEWAY).get(""),
                of(refusing, Kind.TENANT),
                of(refusing, Kind.KEY),
                of(refusing, Kind.FEATURE),
                of(refusing, Kind.MODEL),
                of(refusing, Kind.PROVIDER));
    }

    private static Map<String, Compiled> of(Map<Kind, Map<String, Compiled>> refusing, Kind kind) {
        return Map.copyOf(refusing.getOrDefault(kind, Map.of()));
    }

    // ---- for each call

    /**
     * Whether a call may begin that belongs to no feature.
     *
     * @param model the name that the client sent
     * @return null when all of them are on
     */
    public @Nullable Refusal refusal(Identity who, String model) {
        return refusal(who, "", model);
    }

    /**
     * Whether a call may begin: the gateway, the tenant, the key, the feature and the model, in this order.
     *
     * @param feature the named use case; empty where the call names none
     * @param model the name that the client sent
     * @return null when all of them are on
     */
    public @Nullable Refusal refusal(Identity who, String feature, String model) {
        Snapshot seen = now;
        if (seen.allOn) {
            return null;
        }
        Refusal refusal = ask(seen.gateway, who);
        if (refusal == null) {
            refusal = ask(seen.tenants.get(who.tenant()), who);
        }
        if (refusal == null) {
            refusal = ask(seen.keys.get(who.keyId()), who);
        }
        if (refusal == null) {
            refusal = ask(seen.features.get(feature), who);
        }
        return refusal != null ? refusal : ask(seen.models.get(model), who);
    }

    /** Whether an attempt of this caller may go to this provider; null when it may. */
    public @Nullable Refusal ofProvider(Identity who, String provider) {
        Snapshot seen = now;
        return seen.allOn ? null : ask(seen.providers.get(provider), who);
    }

    /** The same for a provider that is off for everybody, whoever asks; null for one that somebody may use. */
    public @Nullable Refusal ofProvider(String provider) {
        Snapshot seen = now;
        Compiled rule = seen.allOn ? null : seen.providers.get(provider);
        return rule == null ? null : rule.refusalOfAll();
    }

    /** Whether a named use case is on for this caller; null when it is. */
    public @Nullable Refusal ofFeature(Identity who, String feature) {
        return now.allOn ? null : of(new SwitchObject(Kind.FEATURE, feature), who);
    }

    private static @Nullable Refusal ask(@Nullable Compiled rule, Identity who) {
        return rule == null ? null : rule.refusal(who);
    }

    // ---- seldom

    /** Whether one object is on for this caller; null when it is. */
    public @Nullable Refusal of(SwitchObject object, Identity who) {
        return ask(now.all.get(object), who);
    }

    /** How an object stands; null where nobody has spoken of it, so that it is on. */
    public @Nullable SwitchRule rule(SwitchObject object) {
        Compiled compiled = now.all.get(object);
        return compiled == null ? null : compiled.rule();
    }

    /** Objects that are off for somebody. */
    public long disabled() {
        return now.all.values().stream().filter(Compiled::refusesAnybody).count();
    }
}
