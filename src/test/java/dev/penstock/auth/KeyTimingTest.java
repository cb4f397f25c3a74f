// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.PublicId;
import dev.penstock.config.RolesConfig;
import dev.penstock.config.Secret;
import dev.penstock.config.TenantConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * The time of a refusal tells nothing about the keys. Medians of many interleaved checks; what is looked for is a factor, as between
 * a digest and none, and not a nanosecond, which constant-time comparison is there for.
 */
final class KeyTimingTest {

    private static final int ROUNDS = 8_000;
    private static final int TRIES = 5;

    private final Random random = new Random(20261122);

    @Test
    void anUnknownIdTakesAsLongAsAWrongSecretAndAsOneThatIsNearlyRight() {
        List<TenantConfig.Key> made = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            made.add(new TenantConfig.Key("key-" + i, Secret.of(PublicId.join("known" + i, "s".repeat(43)))));
        }
        GatewayKey keys =
                GatewayKey.of(null, List.of(new TenantConfig("acme", "", made)), RolesConfig.NONE, VirtualKeys.none());

        double[] worst = {Double.MAX_VALUE, Double.MAX_VALUE};
        // A busy machine can spoil one try; what is built in spoils all.
        for (int attempt = 0; attempt < TRIES && Math.max(worst[0], worst[1]) > 1.5; attempt++) {
            double[] medians = medians(keys);
            worst[0] = Math.min(worst[0], factor(medians[0], medians[1]));
            worst[1] = Math.min(worst[1], factor(medians[1], medians[2]));
        }

        assertThat(worst[0]).as("unknown id against wrong secret").isLessThan(1.5);
        assertThat(worst[1])
                .as("wrong from the first character against wrong in the last")
                .isLessThan(1.5);
    }

    private static double factor(double a, double b) {
        return Math.max(a, b) / Math.min(a, b);
    }

    private double[] medians(GatewayKey keys) {
        long[][] nanos = new long[3][ROUNDS];
        int refused = 0;
        for (int i = 0; i < ROUNDS; i++) {
            int id = random.nextInt(1000);
            String[] guesses = {
                PublicId.join("nobod" + id, "x".repeat(43)),
                PublicId.join("known" + id, "x".repeat(43)),
                PublicId.join("known" + id, "s".repeat(42) + "x")
            };
            int first = random.nextInt(3);
            for (int turn = 0; turn < 3; turn++) {
                int kind = (first + turn) % 3;
                long begin = System.nanoTime();
                Verdict verdict = keys.owner(guesses[kind], () -> null);
                nanos[kind][i] = System.nanoTime() - begin;
                refused += verdict instanceof Verdict.Refused ? 1 : 0;
            }
        }
        assertThat(refused).isEqualTo(3 * ROUNDS);
        return Arrays.stream(nanos)
                .mapToDouble(all ->
                        Arrays.stream(all).sorted().skip(ROUNDS / 2).findFirst().orElseThrow())
                .toArray();
    }
}
