// SPDX-License-Identifier: Apache-2.0
package dev.penstock.alert;

import dev.penstock.config.AlertCondition.Signal;
import java.time.Duration;
import java.util.Map;
import java.util.Set;

/** How the gateway does. Asked once a second on the event loop of the alerts: nothing here may wait. */
public interface AlertSignals {

    /** Of a signal that lasts: for whom it is so now, by names without secrets. */
    Set<String> now(Signal signal);

    /** Of a signal that is an age: how old, by names without secrets. */
    Map<String, Duration> ages(Signal signal);

    /** Of a signal that is a share: from 0 to 1, by names without secrets. */
    Map<String, Double> shares(Signal signal);
}
