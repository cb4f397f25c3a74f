// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kittest;

import com.hazelcast.cluster.Member;
import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.cluster.MembershipListener;
import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A bare member of a cluster, Hazelcast and the event bus and nothing else, for the tests of the net between members. Says who is
 * there whenever that changes, and which beat of whom it has heard.
 *
 * <p>Arguments: name, Hazelcast's port, the event bus' port, the event bus' public port, then the public addresses of all members.
 * Hazelcast's own public address comes as a system property, the way a gateway gets it from the kit.
 */
public final class ClusterMember {

    private ClusterMember() {}

    public static void main(String[] args) throws Exception {
        String name = args[0];
        HazelcastInstance member = Hazelcast.newHazelcastInstance(
                config(name, Integer.parseInt(args[1]), List.of(args).subList(4, args.length)));
        EventBusOptions bus = new EventBusOptions()
                .setHost("127.0.0.1")
                .setPort(Integer.parseInt(args[2]))
                .setClusterPublicHost("127.0.0.1")
                .setClusterPublicPort(Integer.parseInt(args[3]));
        Vertx vertx = Vertx.builder()
                .with(new VertxOptions().setEventLoopPoolSize(1).setEventBusOptions(bus))
                .withClusterManager(new HazelcastClusterManager(member))
                .buildClustered()
                .toCompletionStage()
                .toCompletableFuture()
                .get();
        vertx.eventBus().<String>consumer("beat", message -> System.out.println("heard " + message.body()));
        long[] beats = new long[1];
        vertx.setPeriodic(100, id -> vertx.eventBus().publish("beat", name + " " + ++beats[0]));
        System.err.println("  API  http://127.0.0.1:" + args[2]);
    }

    private static Config config(String name, int port, List<String> members) {
        Config config = new Config("kit");
        config.setProperty("hazelcast.logging.type", "none")
                .setProperty("hazelcast.phone.home.enabled", "false")
                .setProperty("hazelcast.shutdownhook.enabled", "false")
                .setProperty("hazelcast.socket.bind.any", "false")
                .setProperty("hazelcast.wait.seconds.before.join", "0")
                .setProperty("hazelcast.max.join.seconds", "5")
                .setProperty("hazelcast.heartbeat.interval.seconds", "1")
                .setProperty("hazelcast.max.no.heartbeat.seconds", "3")
                .setProperty("hazelcast.merge.first.run.delay.seconds", "1")
                .setProperty("hazelcast.merge.next.run.delay.seconds", "1")
                .setProperty("hazelcast.operation.thread.count", "2");
        config.getJetConfig().setEnabled(false);
        config.getMemberAttributeConfig().setAttribute("name", name);
        config.getMemberAttributeConfig()
                .setAttribute(
                        "__vertx.nodeId",
                        "node-" + name + "-" + ProcessHandle.current().pid());
        config.addListenerConfig(new com.hazelcast.config.ListenerConfig(new Presence()));
        config.getNetworkConfig().setPort(port).setPortAutoIncrement(false);
        JoinConfig join = config.getNetworkConfig().getJoin();
        join.getAutoDetectionConfig().setEnabled(false);
        join.getMulticastConfig().setEnabled(false);
        join.getTcpIpConfig().setEnabled(true).setMembers(members).setConnectionTimeoutSeconds(2);
        return config;
    }

    private static final class Presence implements MembershipListener {
        @Override
        public void memberAdded(MembershipEvent event) {
            say(event);
        }

        @Override
        public void memberRemoved(MembershipEvent event) {
            say(event);
        }

        private static void say(MembershipEvent event) {
            System.out.println("members "
                    + event.getMembers().stream()
                            .map((Member member) -> member.getAttribute("name"))
                            .sorted()
                            .collect(Collectors.joining(",")));
        }
    }
}
