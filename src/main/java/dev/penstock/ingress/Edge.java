// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import dev.penstock.auth.GatewayKey;
import dev.penstock.auth.VirtualKeys;
import dev.penstock.config.AccessConfig;
import dev.penstock.config.ServerConfig;

/**
 * What the door goes by at the moment; a reload replaces it as a whole.
 *
 * @param config limits of bodies
 * @param key what callers must send
 * @param cors what browsers may do
 * @param addresses where calls come from
 */
record Edge(ServerConfig config, GatewayKey key, Cors cors, ClientAddress addresses) {

    static Edge of(ServerConfig config, AccessConfig access, VirtualKeys keys) {
        return new Edge(
                config,
                GatewayKey.of(config.apiKey(), config.tenants(), access.roles(), keys),
                new Cors(config.cors()),
                new ClientAddress(config.trustedProxies()));
    }
}
