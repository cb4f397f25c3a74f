// SPDX-License-Identifier: Apache-2.0
package dev.penstock.switches;

import dev.openfeature.sdk.ErrorCode;
import dev.openfeature.sdk.EvaluationContext;
import dev.openfeature.sdk.FeatureProvider;
import dev.openfeature.sdk.ImmutableMetadata;
import dev.openfeature.sdk.ImmutableStructure;
import dev.openfeature.sdk.Metadata;
import dev.openfeature.sdk.ProviderEvaluation;
import dev.openfeature.sdk.Reason;
import dev.openfeature.sdk.Value;
import dev.penstock.exchange.Identity;
import dev.penstock.exchange.SwitchObject;
import dev.penstock.exchange.SwitchRule;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The switches as flags of OpenFeature, for programs in the same process. The key of a flag is an object such as
 * {@code feature.classify}; the targeting key is the user, the attributes {@code tenant} and {@code key} are the caller. With the
 * attribute {@code model} the answer is that of a whole call of this model: gateway, tenant, key and model are asked as well.
 *
 * <p>A feature that nobody has spoken of has the default of whoever asks; everything else that nobody has spoken of is on. Any thread.
 *
 * <p>Source: the OpenFeature specification, section 2, "Providers".
 */
public final class FlagProvider implements FeatureProvider {

    private static final String ON = "on";
    private static final String OFF = "off";

    private final Switches switches;

    public FlagProvider(Switches switches) {
        this.switches = switches;
    }

    /** How a flag stands for one caller. */
    private record Standing(boolean on, @Nullable SwitchRule rule, String reason) {

        String state() {
            return on ? "enabled" : "disabled";
        }

        String why() {
            if (rule == null) {
                return Reason.DEFAULT.name();
            }
            return (rule.percent() < 100 ? Reason.SPLIT : rule.isForAll() ? Reason.STATIC : Reason.TARGETING_MATCH)
                    .name();
        }
    }

    @Override
    public Metadata getMetadata() {
        return () -> "penstock";
    }

    @Override
    public ProviderEvaluation<Boolean> getBooleanEvaluation(
            String key, Boolean defaultValue, @Nullable EvaluationContext context) {
        Standing standing = standing(key, context);
        return standing == null ? unknown(defaultValue) : known(standing, standing.on);
    }

    /** {@code enabled} or {@code disabled}. */
    @Override
    public ProviderEvaluation<String> getStringEvaluation(
            String key, String defaultValue, @Nullable EvaluationContext context) {
        Standing standing = standing(key, context);
        return standing == null ? unknown(defaultValue) : known(standing, standing.state());
    }

    /** 1 or 0. */
    @Override
    public ProviderEvaluation<Integer> getIntegerEvaluation(
            String key, Integer defaultValue, @Nullable EvaluationContext context) {
        Standing standing = standing(key, context);
        return standing == null ? unknown(defaultValue) : known(standing, standing.on ? 1 : 0);
    }

    /** 1 or 0. */
    @Override
    public ProviderEvaluation<Double> getDoubleEvaluation(
            String key, Double defaultValue, @Nullable EvaluationContext context) {
        Standing standing = standing(key, context);
        return standing == null ? unknown(defaultValue) : known(standing, standing.on ? 1.0 : 0.0);
    }

    /** The state, and the reason where there is one. */
    @Override
    public ProviderEvaluation<Value> getObjectEvaluation(
            String key, Value defaultValue, @Nullable EvaluationContext context) {
        Standing standing = standing(key, context);
        if (standing == null) {
            return unknown(defaultValue);
        }
        Value state = new Value(standing.state());
        return known(
                standing,
                new Value(new ImmutableStructure(
                        standing.reason.isEmpty()
                                ? Map.of("state", state)
                                : Map.of("state", state, "reason", new Value(standing.reason)))));
    }

    /** Null for a flag that there is not. */
    private @Nullable Standing standing(String key, @Nullable EvaluationContext context) {
        SwitchObject object = SwitchObject.parse(key);
        SwitchRule rule = object == null ? null : switches.rule(object);
        if (object == null || (rule == null && object.kind() == SwitchObject.Kind.FEATURE)) {
            return null;
        }
        Identity who = new Identity(
                text(context, "tenant"), "", text(context, "key"), targetingKey(context), text(context, "role"));
        String model = text(context, "model");
        Refusal refusal = model.isEmpty() ? null : switches.refusal(who, model);
        refusal = refusal == null ? switches.of(object, who) : refusal;
        String reason = refusal != null ? refusal.reason() : rule != null ? rule.reason() : "";
        return new Standing(refusal == null, rule, reason);
    }

    private static String targetingKey(@Nullable EvaluationContext context) {
        String key = context == null ? null : context.getTargetingKey();
        return key == null ? "" : key;
    }

    private static String text(@Nullable EvaluationContext context, String attribute) {
        Value value = context == null ? null : context.getValue(attribute);
        String text = value == null ? null : value.asString();
        return text == null ? "" : text;
    }

    private static <T> ProviderEvaluation<T> known(Standing standing, T value) {
        return ProviderEvaluation.<T>builder()
                .value(value)
                .variant(standing.on ? ON : OFF)
                .reason(standing.why())
                .flagMetadata(ImmutableMetadata.builder()
                        .addString("reason", standing.reason)
                        .build())
                .build();
    }

    private static <T> ProviderEvaluation<T> unknown(T value) {
        return ProviderEvaluation.<T>builder()
                .value(value)
                .reason(Reason.ERROR.name())
                .errorCode(ErrorCode.FLAG_NOT_FOUND)
                .errorMessage("There is no such switch.")
                .build();
    }
}
