// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

/**
 * Who may call, and how much.
 *
 * @param auth how callers show who they are, beside the keys of the file
 * @param roles what callers may do
 * @param limits requests, tokens, concurrency and money
 * @param switches what is on and off at start
 * @param idempotency calls that clients give a name to
 * @param storage where outlives the process what must
 */
public record AccessConfig(
        AuthConfig auth,
        RolesConfig roles,
        LimitsConfig limits,
        SwitchesConfig switches,
        IdempotencyConfig idempotency,
        StorageConfig storage) {

    /** Everybody who has a key, and without limits. */
    public static final AccessConfig OPEN = new AccessConfig(
            AuthConfig.NONE,
            RolesConfig.NONE,
            LimitsConfig.NONE,
            SwitchesConfig.NONE,
            IdempotencyConfig.DEFAULT,
            StorageConfig.NONE);
}
