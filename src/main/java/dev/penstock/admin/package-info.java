// SPDX-License-Identifier: Apache-2.0
/**
 * Cold. The second listener: health, metrics and the admin API, away from the port that clients use. What comes in: probes,
 * scrapes and operators. What goes out: what the ports of this room report; {@link dev.penstock.admin.Readiness},
 * {@link dev.penstock.admin.Reload} and {@link dev.penstock.admin.MetricsText} are implemented elsewhere and handed over by
 * the root. No probe calls a model or waits for a store. Open {@link dev.penstock.admin.AdminVerticle} first.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.admin;
