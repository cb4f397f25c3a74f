// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit.chaos;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;

/**
 * What is going to happen, and when: drawn from a seed and from nothing else, so the same seed, length and names give the same
 * schedule on every machine. The moments are the earliest ones: a mishap that takes a node away waits until the one before has
 * brought its node back, because a proof that nothing is lost needs somebody who serves.
 *
 * @param seed what it was drawn from
 * @param steps in the order of time
 */
public record Schedule(long seed, List<Step> steps) {

    /** One mishap. */
    public record Step(long atMillis, Deed deed) {
        @Override
        public String toString() {
            return String.format("%+8d ms  %s", atMillis, deed);
        }
    }

    /** Kinds of mishaps. */
    public sealed interface Deed {
        /** SIGKILL to a node; it is started again after a while. */
        record KillNode(String node, long awayMillis) implements Deed {}

        /** SIGTERM to a node; it is started again when it has left. */
        record DrainNode(String node) implements Deed {}

        /** SIGSTOP to a node, SIGCONT after a while. */
        record PauseNode(String node, long forMillis) implements Deed {}

        /** SIGKILL to a provider; it is started again after a while. */
        record KillProvider(String provider, long awayMillis) implements Deed {}

        /** SIGSTOP to a provider: its connections stand and say nothing. */
        record StallProvider(String provider, long forMillis) implements Deed {}

        /** Two members of the cluster hear nothing of each other, or one hears nothing of the other. */
        record Part(String one, String other, boolean oneWay, long forMillis) implements Deed {}

        /** Two members are parted and joined again and again. */
        record Flap(String one, String other, int times, long periodMillis) implements Deed {}

        /** The configuration is written anew and read again by every node. */
        record Reload() implements Deed {}

        /** Whether a node is away because of it. */
        default boolean takesNodeAway() {
            return this instanceof KillNode || this instanceof DrainNode || this instanceof PauseNode;
        }

        /** Whether a provider is away because of it. */
        default boolean takesProviderAway() {
            return this instanceof KillProvider || this instanceof StallProvider;
        }

        /** Whether the net between members is torn by it. */
        default boolean tearsNet() {
            return this instanceof Part || this instanceof Flap;
        }
    }

    private static final long QUIET_START_MILLIS = 1_500;

    /** Draws a schedule. The first moments are quiet, and what is drawn last still has time to heal. */
    public static Schedule draw(long seed, Duration length, List<String> nodes, List<String> providers) {
        Random random = new Random(seed);
        List<Step> steps = new ArrayList<>();
        long at = QUIET_START_MILLIS;
        while (at < length.toMillis() - 1_000) {
            steps.add(new Step(at, deed(random, nodes, providers)));
            at += 600 + random.nextInt(1_900);
        }
        return new Schedule(seed, List.copyOf(steps));
    }

    private static Deed deed(Random random, List<String> nodes, List<String> providers) {
        String node = one(random, nodes);
        String other =
                nodes.get((nodes.indexOf(node) + 1 + random.nextInt(Math.max(1, nodes.size() - 1))) % nodes.size());
        String provider = one(random, providers);
        int kind = random.nextInt(100);
        long length = 300 + random.nextInt(2_200);
        if (kind < 20) {
            return new Deed.KillNode(node, length / 2);
        }
        if (kind < 32) {
            return new Deed.DrainNode(node);
        }
        if (kind < 46) {
            return new Deed.PauseNode(node, length);
        }
        if (kind < 60) {
            return new Deed.KillProvider(provider, length);
        }
        if (kind < 72) {
            return new Deed.StallProvider(provider, length);
        }
        if (kind < 84) {
            return new Deed.Part(node, other, random.nextInt(3) == 0, length * 3);
        }
        return kind < 90 ? new Deed.Flap(node, other, 3, 500) : new Deed.Reload();
    }

    private static String one(Random random, List<String> names) {
        return names.get(random.nextInt(names.size()));
    }

    /** One step a line, as it is printed before a run. */
    public String text() {
        return steps.stream().map(Step::toString).collect(Collectors.joining("\n"));
    }
}
