// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The network between the members of a cluster, made of {@link FaultProxy}s: in front of every port of every member stands one,
 * and the others are told its address only. So each pair of members can be parted in one direction or both, slowed down, and
 * joined again, without any right on the machine's own network.
 *
 * <p>A member has one or more ports, named by their purpose: {@link #MEMBERS} for Hazelcast and {@link #EVENTS} for the event
 * bus, which is a second net of its own. What has to be said to a member, so that nobody dials it directly:
 *
 * <ul>
 *   <li>Hazelcast 5.6 binds to {@link #realPort} and says that it lives at {@link #publicPort}: {@code public-address} of its
 *       network, or {@code -Dhazelcast.local.publicAddress=127.0.0.1:port} on the command line ({@code DefaultAddressPicker} reads
 *       it before the configuration). The address is in its join request and in every members' view, so the others dial it; the
 *       one that is called takes the caller's word for its address and never checks which one it was called by.
 *   <li>The list of members names {@link #publicPort}s as well. The rule for who keeps a pair's only connection is Hazelcast's;
 *       either may have dialled, so a direction between two members is a direction through two proxies.
 *   <li>Vert.x' event bus binds to {@code EventBusOptions.port} and publishes {@code clusterPublicPort}; Vert.x 5 has no system
 *       property for it.
 * </ul>
 *
 * <p>Who calls is told by {@link SocketOwners}, so a process has to be made known ({@link #joined}) right after its start, and a
 * member must be a process of its own.
 *
 * <p>A limit of user space: the port of a member that is dead still accepts, and then resets, where without the mesh it would
 * refuse. Hazelcast takes some seconds longer to give such a member up.
 */
public final class MemberMesh implements AutoCloseable {

    /** The port of Hazelcast. */
    public static final String MEMBERS = "members";

    /** The port of the event bus. */
    public static final String EVENTS = "events";

    private static final Toxics CUT = Toxics.NONE.withBlackHole();

    private final SocketOwners owners = new SocketOwners();
    private final Map<String, Map<String, Door>> doors = new LinkedHashMap<>();

    private record Door(int realPort, FaultProxy proxy) {}

    private MemberMesh(Collection<String> members, long seed, String... ports) {
        List<Integer> free = freePorts(members.size() * ports.length);
        int next = 0;
        for (String member : members) {
            Map<String, Door> own = new LinkedHashMap<>();
            for (String port : ports) {
                int real = free.get(next++);
                own.put(port, new Door(real, FaultProxy.between(owners::ownerOf, real, seed + next)));
            }
            doors.put(member, own);
        }
    }

    /** Proxies before the ports of these members; nobody needs to listen behind them yet. */
    public static MemberMesh of(Collection<String> members, long seed, String... ports) {
        return new MemberMesh(members, seed, ports);
    }

    /** Where the member itself listens. */
    public int realPort(String member, String port) {
        return door(member, port).realPort;
    }

    /** Where the others are to find it. */
    public int publicPort(String member, String port) {
        return door(member, port).proxy.port();
    }

    /** The public addresses of all members, as a list of hosts and ports. */
    public List<String> addresses(String port) {
        return doors.keySet().stream()
                .map(member -> "127.0.0.1:" + publicPort(member, port))
                .toList();
    }

    /** Says which process is that member now. To be called before the process can have dialled, right after its start. */
    public MemberMesh joined(String member, long pid) {
        owners.know(member, pid);
        return this;
    }

    /** From now on nothing that {@code from} sends reaches {@code to}; what {@code to} sends still arrives. */
    public MemberMesh cutOneWay(String from, String to) {
        return set(from, to, CUT);
    }

    /** Parts two members: nothing arrives, nothing is closed, as when a switch between them dies. */
    public MemberMesh cut(String one, String other) {
        return cutOneWay(one, other).cutOneWay(other, one);
    }

    /** Parts everybody on one side from everybody who is not. */
    public MemberMesh isolate(Collection<String> side) {
        doors.keySet().stream()
                .filter(member -> !side.contains(member))
                .forEach(other -> side.forEach(one -> cut(one, other)));
        return this;
    }

    /** Everything that {@code from} sends to {@code to} arrives that much later. */
    public MemberMesh delay(String from, String to, Duration latency) {
        return set(from, to, Toxics.NONE.withLatency(latency, Duration.ZERO));
    }

    /** RST on every connection between members. */
    public MemberMesh resetAll() {
        doors.values().forEach(own -> own.values().forEach(door -> door.proxy.resetAll()));
        return this;
    }

    /** Joins the two again; what was under way arrives late, as TCP would have it. */
    public MemberMesh heal(String one, String other) {
        return set(one, other, Toxics.NONE).set(other, one, Toxics.NONE);
    }

    /** Joins everybody. */
    public MemberMesh heal() {
        List<String> all = List.copyOf(doors.keySet());
        for (int i = 0; i < all.size(); i++) {
            for (String other : all.subList(i + 1, all.size())) {
                heal(all.get(i), other);
            }
        }
        return this;
    }

    /** Connections that {@code from} has opened to that port of {@code to}. */
    public int connections(String from, String to, String port) {
        return door(to, port).proxy.connections(from);
    }

    /** Bytes that passed between the two on that port, whoever dialled. */
    public long bytes(String one, String other, String port) {
        return door(one, port).proxy.bytes(other) + door(other, port).proxy.bytes(one);
    }

    @Override
    public void close() {
        doors.values().forEach(own -> own.values().forEach(door -> door.proxy.close()));
    }

    /** A direction between two: upstream where the sender dialled, downstream where the receiver did. */
    private MemberMesh set(String from, String to, Toxics toxics) {
        doors.get(to).values().forEach(door -> door.proxy.upstream(from, toxics));
        doors.get(from).values().forEach(door -> door.proxy.downstream(to, toxics));
        return this;
    }

    private Door door(String member, String port) {
        Door door = doors.getOrDefault(member, Map.of()).get(port);
        if (door == null) {
            throw new IllegalArgumentException(member + " has no port for " + port);
        }
        return door;
    }

    /** Ports that were free a moment ago, all different. */
    public static List<Integer> freePorts(int count) {
        List<ServerSocket> held = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                held.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
            }
            return held.stream().map(ServerSocket::getLocalPort).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            held.forEach(MemberMesh::close);
        }
    }

    private static void close(ServerSocket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
