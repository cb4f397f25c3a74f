// SPDX-License-Identifier: Apache-2.0
package dev.penstock.resilience;

import dev.penstock.exchange.GatewayError;
import java.time.Duration;

/** What an exchange does after an attempt that failed or could not begin. */
public sealed interface Next {

    /**
     * The same target once more; paid from the budget already.
     *
     * @param target index of the target
     * @param delay to wait before
     */
    record Again(int target, Duration delay) implements Next {}

    /**
     * Another target, at once.
     *
     * @param target index of the target
     */
    record Other(int target) implements Next {}

    /**
     * No more.
     *
     * @param error what the client is told
     */
    record End(GatewayError error) implements Next {}
}
