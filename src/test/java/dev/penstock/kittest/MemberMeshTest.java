// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kittest;

import static dev.penstock.kit.MemberMesh.EVENTS;
import static dev.penstock.kit.MemberMesh.MEMBERS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.penstock.kit.GatewayProcess;
import dev.penstock.kit.MemberMesh;
import dev.penstock.kit.SocketOwners;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class MemberMeshTest {

    private static final List<String> NAMES = List.of("a", "b");

    /** Long enough for a byte on loopback, and the price of each "nothing came" below. */
    private static final int SILENCE_MILLIS = 150;

    @BeforeEach
    void linux() {
        assumeTrue(SocketOwners.supported(), "callers are told apart by /proc");
    }

    @Test
    void passesBytesBothWaysAndCountsThemForThePair() throws IOException {
        try (Pair pair = Pair.open()) {
            pair.near.getOutputStream().write("ping".getBytes());
            assertThat(pair.far.getInputStream().readNBytes(4)).asString().isEqualTo("ping");
            pair.far.getOutputStream().write("pong!".getBytes());
            assertThat(pair.near.getInputStream().readNBytes(5)).asString().isEqualTo("pong!");

            assertThat(pair.mesh.connections("a", "b", MEMBERS)).isEqualTo(1);
            assertThat(pair.mesh.connections("b", "a", MEMBERS)).isZero();
            assertThat(pair.mesh.bytes("a", "b", MEMBERS)).isEqualTo(9);
        }
    }

    @Test
    void cutsOneDirectionWhileTheOtherGoesOnAndDeliversLateWhenHealed() throws IOException {
        try (Pair pair = Pair.open()) {
            pair.mesh.cutOneWay("a", "b");
            pair.near.getOutputStream().write('x');
            pair.far.getOutputStream().write('y');

            assertThat(pair.near.getInputStream().read()).isEqualTo('y');
            assertThat(silent(pair.far)).isTrue();
            pair.mesh.heal();
            assertThat(pair.far.getInputStream().read()).isEqualTo('x');
        }
    }

    @Test
    void cutsTheDirectionAlsoWhereTheReceiverHasDialled() throws IOException {
        try (Pair pair = Pair.open()) {
            pair.mesh.cutOneWay("b", "a");
            pair.far.getOutputStream().write('y');
            pair.near.getOutputStream().write('x');

            assertThat(pair.far.getInputStream().read()).isEqualTo('x');
            assertThat(silent(pair.near)).isTrue();
        }
    }

    @Test
    void letsNobodyHearOfAConnectionThatBeginsWhileThePairIsParted() throws IOException {
        try (Pair pair = Pair.open()) {
            pair.mesh.cut("a", "b");
            try (Socket second = new Socket(InetAddress.getLoopbackAddress(), pair.mesh.publicPort("b", MEMBERS))) {
                second.getOutputStream().write('z');
                pair.listener.setSoTimeout(SILENCE_MILLIS);
                assertThat(hears(pair.listener)).isFalse();
                pair.mesh.heal("a", "b");
                pair.listener.setSoTimeout(10_000);
                try (Socket heard = pair.listener.accept()) {
                    assertThat(heard.getInputStream().read()).isEqualTo('z');
                }
            }
        }
    }

    @Test
    void delaysOneDirectionOnly() throws IOException {
        try (Pair pair = Pair.open()) {
            pair.mesh.delay("a", "b", Duration.ofMillis(120));
            long begin = System.nanoTime();
            pair.near.getOutputStream().write('x');
            assertThat(pair.far.getInputStream().read()).isEqualTo('x');

            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThanOrEqualTo(Duration.ofMillis(115));
        }
    }

    @Test
    void partsRealMembersOfAClusterAndJoinsThemAgain() {
        Map<String, GatewayProcess> members = new LinkedHashMap<>();
        try (MemberMesh mesh = MemberMesh.of(NAMES, 7, MEMBERS, EVENTS)) {
            NAMES.forEach(name -> members.put(name, start(mesh, name)));
            try {
                members.values().forEach(member -> member.awaitStdout(line -> line.equals("members a,b")));
                members.get("a").awaitStdout(line -> line.startsWith("heard b"));
                members.get("b").awaitStdout(line -> line.startsWith("heard a"));
                assertThat(mesh.bytes("a", "b", MEMBERS)).isPositive();
                assertThat(mesh.connections("a", "b", EVENTS)).isEqualTo(1);
                assertThat(mesh.connections("b", "a", EVENTS)).isEqualTo(1);
                // Nobody got there without the mesh: strangers would be the members themselves, dialling each other.
                assertThat(mesh.connections(SocketOwners.STRANGER, "a", MEMBERS))
                        .isZero();
                assertThat(mesh.connections(SocketOwners.STRANGER, "b", MEMBERS))
                        .isZero();

                mesh.cut("a", "b");
                members.get("a").awaitStdout(line -> line.equals("members a"));
                members.get("b").awaitStdout(line -> line.equals("members b"));
                long passed = mesh.bytes("a", "b", MEMBERS);
                int heard = lastBeat(members.get("a"), "b");

                mesh.heal("a", "b");
                members.get("a").awaitStdout(line -> line.startsWith("heard b ") && beat(line) > heard + 30);
                assertThat(mesh.bytes("a", "b", MEMBERS)).isGreaterThan(passed);
                assertThat(last(members.get("a"), "members")).isEqualTo("members a,b");
            } finally {
                members.values().forEach(GatewayProcess::close);
            }
        }
    }

    private static GatewayProcess start(MemberMesh mesh, String name) {
        List<String> arguments = new ArrayList<>(List.of(
                name,
                Integer.toString(mesh.realPort(name, MEMBERS)),
                Integer.toString(mesh.realPort(name, EVENTS)),
                Integer.toString(mesh.publicPort(name, EVENTS))));
        arguments.addAll(mesh.addresses(MEMBERS));
        GatewayProcess member = GatewayProcess.ofMain(ClusterMember.class)
                .jvm("-Xmx256m", "-Dhazelcast.local.publicAddress=127.0.0.1:" + mesh.publicPort(name, MEMBERS))
                .arguments(arguments.toArray(String[]::new))
                .start();
        mesh.joined(name, member.pid());
        return member;
    }

    private static int lastBeat(GatewayProcess member, String of) {
        return beat(last(member, "heard " + of));
    }

    private static int beat(String line) {
        return Integer.parseInt(line.substring(line.lastIndexOf(' ') + 1));
    }

    private static String last(GatewayProcess member, String start) {
        return member.stdout().stream()
                .filter(line -> line.startsWith(start))
                .reduce((one, other) -> other)
                .orElse("");
    }

    private static boolean silent(Socket socket) throws IOException {
        socket.setSoTimeout(SILENCE_MILLIS);
        try {
            socket.getInputStream().read();
            return false;
        } catch (SocketTimeoutException nothing) {
            socket.setSoTimeout(10_000);
            return true;
        }
    }

    private static boolean hears(ServerSocket listener) throws IOException {
        try (Socket heard = listener.accept()) {
            return heard.isConnected();
        } catch (SocketTimeoutException nothing) {
            return false;
        }
    }

    /** A connection from {@code a}, which is this very process, to {@code b}. */
    private record Pair(MemberMesh mesh, ServerSocket listener, Socket near, Socket far) implements AutoCloseable {

        static Pair open() throws IOException {
            MemberMesh mesh = MemberMesh.of(NAMES, 1, MEMBERS)
                    .joined("a", ProcessHandle.current().pid());
            ServerSocket listener = new ServerSocket(mesh.realPort("b", MEMBERS), 5, InetAddress.getLoopbackAddress());
            Socket near = new Socket(InetAddress.getLoopbackAddress(), mesh.publicPort("b", MEMBERS));
            near.setSoTimeout(10_000);
            Socket far = listener.accept();
            far.setSoTimeout(10_000);
            return new Pair(mesh, listener, near, far);
        }

        @Override
        public void close() {
            try {
                near.close();
                far.close();
                listener.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            mesh.close();
        }
    }
}
