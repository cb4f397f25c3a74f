// SPDX-License-Identifier: Apache-2.0
/**
 * Cold. What outlives the process, and counts that live outside of the cluster: the SQL store (SQLite by default, or PostgreSQL) and
 * Redis. It implements the ports of the rooms that need it, on threads of its own: no request waits for it, and with the store gone the
 * gateway goes on with what it has in memory. The only room that knows SQL and Redis. Open {@link dev.penstock.store.SqlStore} first.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.store;
