// SPDX-License-Identifier: Apache-2.0
package dev.penstock.provider;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.ProviderConfig;
import dev.penstock.config.ProviderConfig.ApiKey;
import dev.penstock.config.ProviderConfig.Extras;
import dev.penstock.config.ProviderConfig.Http;
import dev.penstock.config.ProviderConfig.Type;
import dev.penstock.config.Secret;
import dev.penstock.config.ServerConfig;
import dev.penstock.config.Snapshot;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.KeyFault;
import dev.penstock.kit.time.ManualTime;
import io.vertx.core.Future;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which key comes next, and how long one that failed stays out. */
final class KeyRingTest {

    private final ManualTime time = new ManualTime();
    private final List<String> heard = new ArrayList<>();
    private final ProviderKeys keys = new ProviderKeys(
            time, (provider, key) -> (why, span) -> heard.add(provider + "/" + key + " " + why + " " + span));

    @Test
    void takesKeysInTurnByTheirWeights() {
        KeyRing ring = ring(key("a", 5), key("b", 3), key("c", 2));
        Map<String, Integer> picks = new TreeMap<>();

        for (int i = 0; i < 10_000; i++) {
            picks.merge(pick(ring, null).name(), 1, Integer::sum);
        }

        assertThat(picks).isEqualTo(Map.of("a", 5_000, "b", 3_000, "c", 2_000));
    }

    @Test
    void neverLeavesTheLighterKeyForTheEndOfARound() {
        KeyRing ring = ring(key("a", 3), key("b", 1));

        assertThat(picks(ring, 8)).isEqualTo("aabaaaba");
    }

    @Test
    void spreadsTheShareOfAKeyThatIsSetAsideOverTheOthers() {
        KeyRing ring = ring(key("a", 4), key("b", 2), key("c", 2));

        fail(pick(ring, null), KeyFault.REFUSED, null);

        assertThat(picks(ring, 100).chars().filter(c -> c == 'a')).isEmpty();
        assertThat(picks(ring, 100).chars().filter(c -> c == 'b')).hasSize(50);
    }

    @ParameterizedTest
    @CsvSource({
        "REFUSED, , 300",
        "REFUSED, 7, 300",
        "EXHAUSTED, , 300",
        "EXHAUSTED, 7, 300",
        "RATE_LIMITED, , 10",
        "RATE_LIMITED, 0, 1",
        "RATE_LIMITED, 7, 7",
        "RATE_LIMITED, 3600, 60"
    })
    void takesAKeyBackWhenItsTimeIsOver(KeyFault why, @Nullable Integer retryAfter, int seconds) {
        KeyRing ring = ring(key("a", 9), key("b", 1));

        fail(pick(ring, null), why, retryAfter == null ? null : Duration.ofSeconds(retryAfter));

        assertThat(heard).containsExactly("p/a " + why + " " + Duration.ofSeconds(seconds));
        time.advance(Duration.ofSeconds(seconds).minusNanos(1));
        assertThat(picks(ring, 20)).isEqualTo("b".repeat(20));
        time.advance(Duration.ofNanos(1));
        assertThat(picks(ring, 20)).contains("a");
    }

    @Test
    void knowsTheTimeAcrossTheOverflowOfTheTicker() {
        ManualTime late = new ManualTime(Long.MAX_VALUE - 1_000);
        KeyRing ring = KeyRing.of(
                config(key("a", 9), key("b", 1)), new ProviderKeys(late, (provider, key) -> (why, span) -> {}));

        fail(pick(ring, null), KeyFault.RATE_LIMITED, null);

        assertThat(picks(ring, 5)).isEqualTo("bbbbb");
        late.advance(Duration.ofSeconds(10));
        assertThat(picks(ring, 5)).contains("a");
    }

    @Test
    void triesTheOneWhoseTimeEndsFirstWhenAllAreSetAside() {
        KeyRing ring = ring(key("a", 9), key("b", 3), key("c", 1));
        fail(pick(ring, null), KeyFault.REFUSED, null);
        fail(pick(ring, null), KeyFault.RATE_LIMITED, Duration.ofSeconds(30));
        fail(pick(ring, null), KeyFault.RATE_LIMITED, Duration.ofSeconds(40));

        assertThat(picks(ring, 3)).isEqualTo("bbb");
    }

    @Test
    void aLongerTimeStaysInForceAndIsHeardOfOnce() {
        KeyRing ring = ring(key("a", 9), key("b", 1));
        KeyUse use = pick(ring, null);

        fail(use, KeyFault.REFUSED, null);
        fail(use, KeyFault.RATE_LIMITED, null);
        time.advance(Duration.ofSeconds(60));
        fail(use, KeyFault.EXHAUSTED, null);
        time.advance(Duration.ofSeconds(299));

        assertThat(picks(ring, 5)).isEqualTo("bbbbb");
        assertThat(heard).hasSize(1);
    }

    @Test
    void anExchangeMeetsNoKeyTwice() {
        KeyRing ring = ring(key("a", 9), key("b", 3), key("c", 1));
        KeyUse first = pick(ring, null);
        assertThat(fail(first, KeyFault.REFUSED, null)).isTrue();
        KeyUse second = pick(ring, first);
        assertThat(fail(second, KeyFault.REFUSED, null)).isTrue();
        KeyUse third = pick(ring, second);
        assertThat(fail(third, KeyFault.REFUSED, null)).isFalse();

        assertThat(first.name() + second.name() + third.name()).isEqualTo("abc");
        assertThat(ring.next(third).failed()).isTrue();
        assertThat(ring.next(third).cause()).isInstanceOf(GatewayError.class);
    }

    @Test
    void aKeyThatSomebodyElseSetAsideInTheMeantimeIsStillBetterThanNone() {
        KeyRing ring = ring(key("a", 9), key("b", 1));
        KeyUse first = pick(ring, null);
        fail(first, KeyFault.REFUSED, null);
        keys.state("p", key("b", 1)).setAside(KeyFault.RATE_LIMITED, null);

        assertThat(pick(ring, first).name()).isEqualTo("b");
    }

    @Test
    void anErrorThatIsNotAboutTheKeyLeavesItAlone() {
        KeyRing ring = ring(key("a", 9), key("b", 1));
        KeyUse use = pick(ring, null);

        assertThat(use.failed(GatewayError.of(Kind.PROVIDER_ERROR, "no"))).isFalse();

        assertThat(picks(ring, 5)).contains("a");
        assertThat(heard).isEmpty();
    }

    @Test
    void ringsOfAllShardsShareWhatIsKnown() {
        KeyRing one = ring(key("a", 9), key("b", 1));
        KeyRing two = ring(key("a", 9), key("b", 1));

        fail(pick(one, null), KeyFault.REFUSED, null);

        assertThat(picks(two, 5)).isEqualTo("bbbbb");
    }

    @Test
    void aNewSecretUnderAnOldNameStartsAfresh() {
        fail(pick(ring(key("a", 9), key("b", 1)), null), KeyFault.REFUSED, null);

        KeyRing other = ring(new ApiKey("a", Secret.of("new"), 9), key("b", 1));

        assertThat(pick(other, null).name()).isEqualTo("a");
    }

    @Test
    void aKeyThatWasRemovedIsForgottenAndOthersAreNot() {
        KeyRing old = ring(key("a", 9), key("b", 9), key("c", 9));
        fail(pick(old, null), KeyFault.REFUSED, null);
        fail(pick(old, null), KeyFault.REFUSED, null);
        ProviderConfig without = config(key("b", 1), key("c", 1));

        keys.retain(new Snapshot(ServerConfig.defaults(), Map.of("p", without), Map.of(), Map.of(), "v2"));

        assertThat(keys.standing(config(key("a", 2), key("b", 1))))
                .containsExactly(
                        new ProviderKeys.Standing("a", 2, null, Duration.ZERO),
                        new ProviderKeys.Standing("b", 1, KeyFault.REFUSED, Duration.ofMinutes(5)));
    }

    // ------------------------------------------------------------------ helpers

    private static ApiKey key(String name, int weight) {
        return new ApiKey(name, Secret.of("secret-" + name), weight);
    }

    private KeyRing ring(ApiKey... named) {
        return KeyRing.of(config(named), keys);
    }

    private static ProviderConfig config(ApiKey... named) {
        return new ProviderConfig(
                "p",
                Type.OPENAI,
                URI.create("http://h/v1"),
                null,
                List.of(named),
                Http.AUTO,
                4,
                false,
                null,
                List.of(),
                0,
                Extras.NONE,
                "test");
    }

    private static KeyUse pick(KeyRing ring, @Nullable KeyUse before) {
        Future<RequestSigner> next = ring.next(before);
        KeyRing.KeySigner signer = (KeyRing.KeySigner) next.result();
        return new KeyUse(ring, signer.state(), before);
    }

    private static String picks(KeyRing ring, int count) {
        StringBuilder names = new StringBuilder();
        for (int i = 0; i < count; i++) {
            names.append(pick(ring, null).name());
        }
        return names.toString();
    }

    private static boolean fail(KeyUse use, KeyFault why, @Nullable Duration retryAfter) {
        return use.failed(GatewayError.builder(Kind.PROVIDER_ERROR, "no")
                .keyFault(why)
                .retryAfter(retryAfter)
                .build());
    }
}
