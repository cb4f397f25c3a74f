// SPDX-License-Identifier: Apache-2.0
/**
 * Warm. What is switched on and off at run time: the gateway, tenants, features, models, providers, keys. A snapshot in memory answers
 * for every call. What comes in: the file, flips by people, flips heard from other nodes, the time. What goes out: a refusal or nothing,
 * and word of each change, so that open streams of what is off can end. Open {@link dev.penstock.switches.Switches} for what is
 * asked, {@link dev.penstock.switches.SwitchBoard} for what is flipped.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.switches;
