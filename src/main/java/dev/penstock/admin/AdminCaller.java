// SPDX-License-Identifier: Apache-2.0
package dev.penstock.admin;

import dev.penstock.exchange.Right;
import java.util.EnumSet;
import java.util.Set;

/**
 * Who uses the admin API.
 *
 * @param actor for the log of changes; no secret
 * @param may what it may do
 */
public record AdminCaller(String actor, Set<Right> may) {

    /** Who sends {@code server.admin_token}. */
    static final AdminCaller TOKEN = new AdminCaller("admin-token", EnumSet.allOf(Right.class));

    /** Who is on this machine, where no token is set. */
    static final AdminCaller LOCAL = new AdminCaller("local", EnumSet.allOf(Right.class));

    public AdminCaller {
        may = Set.copyOf(may);
    }
}
