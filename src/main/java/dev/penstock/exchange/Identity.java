// SPDX-License-Identifier: Apache-2.0
package dev.penstock.exchange;

/**
 * Who calls, as far as the key of the request tells. Nothing in it is secret, and nothing in it comes from the request itself.
 *
 * @param tenant the customer; empty where the key belongs to none, or none is needed
 * @param region where the tenant's data must stay; empty where that is not said
 * @param keyId which of the tenant's keys; empty without a tenant
 */
public record Identity(String tenant, String region, String keyId) {

    /** Of callers that belong to nobody in particular. */
    public static final Identity NONE = new Identity("", "", "");

    public boolean isNone() {
        return tenant.isEmpty();
    }
}
