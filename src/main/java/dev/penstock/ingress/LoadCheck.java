// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Priority;
import org.jspecify.annotations.Nullable;

/** Asked once per call of a model, before anything of it but its head is read. On the shard's event loop. */
@FunctionalInterface
public interface LoadCheck {

    /** Why the node has no room for a request of this priority, or null: it has. */
    @Nullable
    GatewayError refusal(Priority priority);
}
