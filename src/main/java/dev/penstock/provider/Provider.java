// SPDX-License-Identifier: Apache-2.0
package dev.penstock.provider;

/** One configured upstream on one shard. */
interface Provider {

    void call(ProviderCall call);
}
