// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

/**
 * Where a token, or the answer about a session, says who calls. A path is the name of a member, or names with dots between them; empty
 * where nothing is read.
 *
 * @param tenant path of the tenant's name
 * @param tenantRequired whether a caller without a tenant is refused, where there is no {@code defaultTenant}
 * @param defaultTenant the tenant of callers without one; empty for none
 * @param user path of the person
 * @param roles path of a role or a list of them
 */
public record CallerClaims(String tenant, boolean tenantRequired, String defaultTenant, String user, String roles) {}
