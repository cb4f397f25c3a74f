// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench.jmh;

import dev.penstock.auth.AccessAnnouncements;
import dev.penstock.auth.GatewayKey;
import dev.penstock.auth.KeyRevocations;
import dev.penstock.auth.MemoryKeyStore;
import dev.penstock.auth.Verdict;
import dev.penstock.auth.VirtualKeys;
import dev.penstock.config.RolesConfig;
import dev.penstock.config.Secret;
import dev.penstock.config.TenantConfig;
import dev.penstock.exchange.Ticker;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What does it cost to find out whose key a request has? The goal is 2 us, however many keys there are.
 * {@code JMH_ONLY=KeyBenchmark ./run jmh} answers.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class KeyBenchmark {

    @Param({"1", "10000"})
    public int keys;

    private GatewayKey gateway;
    private String known;
    private String unknown;

    @Setup(Level.Trial)
    public void make() {
        RandomGenerator random = RandomGenerator.of("L64X128MixRandom");
        VirtualKeys virtual = VirtualKeys.open(
                        new VirtualKeys.Neighbours(
                                new MemoryKeyStore(), change -> {}, KeyRevocations.NONE, AccessAnnouncements.NONE),
                        Secret.of("pepper"),
                        Ticker.system(),
                        random)
                .result();
        List<TenantConfig.Key> own = new java.util.ArrayList<>();
        for (int i = 0; i < keys; i++) {
            known = VirtualKeys.newText(random);
            own.add(new TenantConfig.Key("key-" + i, Secret.of(known)));
        }
        unknown = "Bearer " + VirtualKeys.newText(random);
        known = "Bearer " + known;
        gateway = GatewayKey.of(null, List.of(new TenantConfig("acme", "eu", own)), RolesConfig.NONE, virtual);
    }

    @Benchmark
    public Verdict ofATenant() {
        return gateway.check(known, null, null);
    }

    @Benchmark
    public Verdict ofNobody() {
        return gateway.check(unknown, null, null);
    }
}
