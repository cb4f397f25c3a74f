// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

/** For tests of other rooms in which nobody makes keys. */
public final class VirtualKeysFixture {

    private VirtualKeysFixture() {}

    public static VirtualKeys none() {
        return VirtualKeys.none();
    }
}
