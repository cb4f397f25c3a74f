// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.time.Duration;
import java.util.List;

/**
 * What Penstock may fetch itself when a client gives an image by its address and the provider takes only bytes.
 *
 * @param hosts where from; empty means that nothing is fetched
 * @param maxBytes of one image
 * @param timeout for all images of a request together
 * @param privateNetworks addresses that are allowed although they are not on the public internet
 */
public record FetchConfig(List<FetchHost> hosts, int maxBytes, Duration timeout, List<NetworkBlock> privateNetworks) {

    /** Nothing is fetched. */
    public static final FetchConfig NOTHING = new FetchConfig(List.of(), 8 << 20, Duration.ofSeconds(5), List.of());

    public FetchConfig {
        hosts = List.copyOf(hosts);
        privateNetworks = List.copyOf(privateNetworks);
    }
}
