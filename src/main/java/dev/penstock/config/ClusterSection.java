// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import dev.penstock.config.ClusterConfig.Discovery;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** From {@code cluster} in the file to {@link ClusterConfig}. It listens nowhere by accident: other machines need a word. */
final class ClusterSection {

    private final ClusterForm form;
    private final Binder binder;
    private final Problems problems;

    ClusterSection(ClusterForm form, Binder binder, Problems problems) {
        this.form = form;
        this.binder = binder;
        this.problems = problems;
    }

    ClusterConfig assemble() {
        List<HostPort> members =
                form.members().stream().filter(Objects::nonNull).toList();
        if (form.enabled()) {
            requireSomebody();
            requireInterface(members);
        }
        refuseWhatNothingUses();
        refuseNamelessPorts();
        return new ClusterConfig(
                form.enabled(),
                form.name(),
                form.discovery(),
                members.stream().map(ClusterSection::unresolved).toList(),
                form.service() == null ? "" : form.service().name(),
                network(members),
                form.port(),
                form.busPort(),
                form.publicAddress() == null ? null : unresolved(form.publicAddress()),
                form.busPublicAddress() == null ? null : unresolved(form.busPublicAddress()),
                form.required(),
                form.joinTimeout());
    }

    private void requireSomebody() {
        if (form.discovery() == Discovery.TCP && !binder.has("cluster.members")) {
            missing("cluster.members", "a list of host:port, where other nodes may be");
        }
        if (byName() && !binder.has("cluster.service")) {
            missing("cluster.service", "the name whose addresses are the nodes, such as penstock-headless");
        }
    }

    /** Everything else would listen where strangers are, or on an address that nobody chose. */
    private void requireInterface(List<HostPort> members) {
        boolean local = form.discovery() == Discovery.TCP
                && members.stream()
                        .allMatch(member -> Host.isLoopback(member.host().name()));
        if (!local && !binder.has("cluster.interface")) {
            missing(
                    "cluster.interface",
                    "the address of this node that others reach, or the network that it lies in, such as 10.0.0.0/8");
        }
    }

    private void missing(String path, String expected) {
        problems.unexpected(binder.at("cluster"), path, "missing", expected);
    }

    private void refuseWhatNothingUses() {
        if (binder.has("cluster.members") && form.discovery() != Discovery.TCP) {
            unused("cluster.members", "discovery: tcp");
        }
        if (binder.has("cluster.service") && !byName()) {
            unused("cluster.service", "discovery: kubernetes or dns");
        }
    }

    private void unused(String path, String with) {
        problems.add(binder.keyAt(path), path, "is not used; it belongs to " + with);
    }

    /** Port 0 is a choice for a listener, and nonsense for whom one wants to reach. */
    private void refuseNamelessPorts() {
        for (int i = 0; i < form.members().size(); i++) {
            refuseNoPort("cluster.members[" + i + "]", form.members().get(i));
        }
        refuseNoPort("cluster.public_address", form.publicAddress());
        refuseNoPort("cluster.bus_public_address", form.busPublicAddress());
    }

    private void refuseNoPort(String path, @Nullable HostPort address) {
        if (address != null && address.port() == 0) {
            problems.unexpected(binder.at(path), path, binder.shown(path), "a port from 1 to 65535");
        }
    }

    private boolean byName() {
        return form.discovery() == Discovery.KUBERNETES || form.discovery() == Discovery.DNS;
    }

    private NetworkBlock network(List<HostPort> members) {
        if (form.bind() != null) {
            return form.bind().block();
        }
        boolean six = !members.isEmpty()
                && members.stream().allMatch(member -> member.host().name().indexOf(':') >= 0);
        return six ? NetworkBlock.of("::1/128") : ClusterConfig.LOOPBACK;
    }

    private static InetSocketAddress unresolved(HostPort address) {
        return InetSocketAddress.createUnresolved(address.host().name(), address.port());
    }
}
