// SPDX-License-Identifier: Apache-2.0
package dev.penstock.admin;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Who else is there, and what the nodes tell each other. */
@FunctionalInterface
public interface ClusterReport {

    /** A node without a cluster. */
    ClusterReport OFF = () -> new View("off", "", List.of(), List.of());

    /**
     * One node.
     *
     * @param node its name, new with each start
     * @param address where the others reach it
     * @param since when it started, by its own clock
     * @param self whether it is the one that answers
     * @param configVersion of its effective configuration; empty while it has not told
     */
    record Member(String node, String address, Instant since, boolean self, String configVersion) {}

    /**
     * One breaker that is open somewhere.
     *
     * @param breaker which one
     * @param owner the node that opened it and told the others
     * @param remaining how much longer it stays open
     * @param reason why, for a person
     */
    record Breaker(String breaker, String owner, Duration remaining, String reason) {}

    /**
     * All of it.
     *
     * @param state {@code joined}, {@code alone}, {@code down}, or {@code off} where no cluster is configured
     * @param name of the cluster
     * @param members this node included; empty when the state is off
     * @param breakers that are open
     */
    record View(String state, String name, List<Member> members, List<Breaker> breakers) {

        public View {
            members = List.copyOf(members);
            breakers = List.copyOf(breakers);
        }

        /** Whether there is nobody else, for whatever reason. */
        public boolean alone() {
            return members.size() <= 1;
        }

        /** Whether two members are known to have different configurations. */
        public boolean configDiffers() {
            return members.stream()
                            .map(Member::configVersion)
                            .filter(version -> !version.isEmpty())
                            .distinct()
                            .count()
                    > 1;
        }
    }

    /** Called on a worker thread for each request. */
    View view();
}
