// SPDX-License-Identifier: Apache-2.0
package dev.penstock.pipeline;

import dev.penstock.exchange.GatewayError;
import org.jspecify.annotations.Nullable;

/** Which models a caller may call. Asked once per exchange, on its event loop, before anything is routed. */
@FunctionalInterface
public interface ModelGate {

    /** All. */
    ModelGate ALL = model -> null;

    /** The error for this caller, or null when it may call the model that it named. */
    @Nullable
    GatewayError refusal(String model);
}
