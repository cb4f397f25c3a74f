// SPDX-License-Identifier: Apache-2.0
package dev.penstock.provider;

/**
 * Makes an attempt. {@link ProviderTable} does it directly; over the event bus the same call travels as one message, by
 * reference. The answer comes through the call's own {@link ProviderCall.Listener}, on the event loop of the caller.
 */
@FunctionalInterface
public interface ProviderCaller {

    void call(ProviderCall call);
}
