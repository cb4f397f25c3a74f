// SPDX-License-Identifier: Apache-2.0
package dev.penstock.switches;

import java.time.Duration;

/**
 * What one node tells the others about a flip.
 *
 * @param flip what was flipped
 * @param grace how much longer streams may run that are open when a node hears of it
 */
public record SwitchNotice(StoredSwitch flip, Duration grace) {}
