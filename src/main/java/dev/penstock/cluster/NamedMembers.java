// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import com.hazelcast.cluster.Address;
import com.hazelcast.config.properties.PropertyDefinition;
import com.hazelcast.logging.ILogger;
import com.hazelcast.spi.discovery.AbstractDiscoveryStrategy;
import com.hazelcast.spi.discovery.DiscoveryNode;
import com.hazelcast.spi.discovery.DiscoveryStrategy;
import com.hazelcast.spi.discovery.DiscoveryStrategyFactory;
import com.hazelcast.spi.discovery.SimpleDiscoveryNode;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The members are the addresses of a name: the pods behind a headless service, or what a name server says. It needs no account
 * at Kubernetes' API. A name that is not known yet has no members: the first pod of a service starts before its name does.
 */
final class NamedMembers implements DiscoveryStrategyFactory {

    /** From a name to addresses; blocks. */
    @FunctionalInterface
    interface Resolver {
        InetAddress[] resolve(String name) throws UnknownHostException;
    }

    private final String name;
    private final int port;
    private final Resolver resolver;

    NamedMembers(String name, int port, Resolver resolver) {
        this.name = name;
        this.port = port;
        this.resolver = resolver;
    }

    @Override
    public Class<? extends DiscoveryStrategy> getDiscoveryStrategyType() {
        return Lookup.class;
    }

    @Override
    @SuppressWarnings("rawtypes") // so Hazelcast declares it
    public DiscoveryStrategy newDiscoveryStrategy(
            @Nullable DiscoveryNode local, ILogger logger, Map<String, Comparable> properties) {
        return new Lookup(logger, properties);
    }

    @Override
    public Collection<PropertyDefinition> getConfigurationProperties() {
        return List.of();
    }

    private final class Lookup extends AbstractDiscoveryStrategy {

        @SuppressWarnings("rawtypes") // so Hazelcast declares it
        Lookup(ILogger logger, Map<String, Comparable> properties) {
            super(logger, properties);
        }

        @Override
        public Iterable<DiscoveryNode> discoverNodes() {
            List<DiscoveryNode> nodes = new ArrayList<>();
            try {
                for (InetAddress address : resolver.resolve(name)) {
                    nodes.add(new SimpleDiscoveryNode(new Address(address, port)));
                }
            } catch (UnknownHostException e) {
                getLogger().fine("no address of " + name + " yet");
            }
            return nodes;
        }
    }
}
