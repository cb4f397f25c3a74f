// SPDX-License-Identifier: Apache-2.0
package dev.penstock.exchange;

/**
 * Who calls, as far as the credential of the request tells. Nothing in it is secret, and nothing in it comes from a field that the
 * caller may choose freely.
 *
 * @param tenant the customer; empty where the caller belongs to none, or none is needed
 * @param region where the tenant's data must stay; empty where that is not said
 * @param keyId which key, or which kind of session; empty without one
 * @param user the person; empty where nobody in particular is known
 * @param role what the caller may do, by the name of the role; empty where roles are not used
 */
public record Identity(String tenant, String region, String keyId, String user, String role) {

    /** Of callers that belong to nobody in particular. */
    public static final Identity NONE = new Identity("", "", "");

    /** A key without a person or a role. */
    public Identity(String tenant, String region, String keyId) {
        this(tenant, region, keyId, "", "");
    }

    public boolean isNone() {
        return tenant.isEmpty();
    }
}
