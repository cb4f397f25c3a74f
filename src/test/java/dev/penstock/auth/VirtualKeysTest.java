// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.config.NetworkBlock;
import dev.penstock.config.PublicId;
import dev.penstock.config.RolesConfig;
import dev.penstock.config.Secret;
import dev.penstock.config.TenantConfig;
import dev.penstock.exchange.ChangeLog;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Identity;
import dev.penstock.exchange.Right;
import dev.penstock.kit.time.ManualTime;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Keys that are made, replaced and revoked while the gateway runs, as the check of a request sees them. */
final class VirtualKeysTest {

    private static final String FILE_KEY = "ps-AcmeWeb1-file-secret-of-acme";

    private static final RolesConfig ROLES = new RolesConfig(Map.of(
            "app", new RolesConfig.Role(Set.of(Right.CHAT), List.of("fast", "gpt-*"), List.of(), List.of()),
            "boss", new RolesConfig.Role(Right.named("*"), List.of("*"), List.of("*"), List.of("*"))));

    private final ManualTime time = new ManualTime();
    private final MemoryKeyStore store = new MemoryKeyStore();
    private final List<ChangeLog.Change> changes = new ArrayList<>();
    private final List<String> revoked = new ArrayList<>();
    private final List<String> announced = new ArrayList<>();
    private VirtualKeys keys;
    private GatewayKey gateway;

    @BeforeEach
    void open() {
        keys = node(revoked);
        gateway = gateway(keys, "acme");
    }

    private VirtualKeys node(List<String> ended) {
        return result(VirtualKeys.open(
                new VirtualKeys.Neighbours(store, changes::add, ended::add, changed -> announced.add("keys")),
                Secret.of("pepper"),
                time,
                new Random(5)));
    }

    private GatewayKey gateway(VirtualKeys virtual, String tenant) {
        TenantConfig.Key file = new TenantConfig.Key(
                "acme-web",
                Secret.of(FILE_KEY),
                "app",
                time.now().plusSeconds(3600),
                List.of("fast"),
                List.of(),
                List.of(NetworkBlock.of("10.0.0.0/8")));
        return GatewayKey.of(
                Secret.of("for-all"), List.of(new TenantConfig(tenant, "eu", List.of(file))), ROLES, virtual);
    }

    private static <T> T result(Future<T> future) {
        assertThat(future.isComplete()).isTrue();
        if (future.failed()) {
            throw (RuntimeException) future.cause();
        }
        return future.result();
    }

    private VirtualKeys.Made make(String role, String... ips) {
        return result(keys.create(
                new VirtualKeys.Wish("acme", role, null, List.of(), List.of(), List.of(ips)), "admin-token"));
    }

    private String check(String key, String address) {
        return switch (gateway.owner(key, () -> address)) {
            case Verdict.Allowed allowed -> "allowed";
            case Verdict.Refused refused ->
                refused.error().status() + " " + refused.error().code();
        };
    }

    private String check(String key) {
        return check(key, "10.1.2.3");
    }

    @Test
    void aNewKeyIsValidAtOnceAndBelongsToItsTenant() {
        VirtualKeys.Made made = make("app");

        assertThat(gateway.owner(made.secret(), () -> null)).isInstanceOfSatisfying(Verdict.Allowed.class, allowed -> {
            assertThat(allowed.who())
                    .isEqualTo(new Identity("acme", "eu", made.key().publicId(), "", "app"));
            assertThat(allowed.grant().may(Right.CHAT)).isTrue();
            assertThat(allowed.grant().may(Right.MODELS)).isFalse();
            assertThat(allowed.grant().mayUseModel("gpt-4o")).isTrue();
            assertThat(allowed.grant().mayUseModel("slow")).isFalse();
        });
        assertThat(PublicId.of(made.secret())).isEqualTo(made.key().publicId());
    }

    @Test
    void theStoreHoldsTheHmacOfTheWholeKeyAndNoSecret() throws Exception {
        VirtualKeys.Made made = make("app");
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec("pepper".getBytes(StandardCharsets.UTF_8), "HmacSHA256"));

        StoredKey stored = result(store.load()).getFirst();

        assertThat(stored.hmac()).isEqualTo(mac.doFinal(made.secret().getBytes(StandardCharsets.UTF_8)));
        assertThat(stored.toString() + made + changes)
                .doesNotContain(made.secret().substring(14));
    }

    @Test
    void aPepperLongerThanABlockIsStillAnHmac() throws Exception {
        String pepper = "p".repeat(100);
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(pepper.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));

        assertThat(Pepper.of(Secret.of(pepper)).hmac("ps-a-b"))
                .isEqualTo(mac.doFinal("ps-a-b".getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void anotherSecretOfTheSamePublicIdIsWrong() {
        VirtualKeys.Made made = make("app");
        String id = made.key().publicId();

        assertThat(check("ps-" + id + "-" + "x".repeat(43))).isEqualTo("401 invalid_api_key");
        assertThat(check(made.secret() + "x")).isEqualTo("401 invalid_api_key");
        assertThat(check(made.secret().toLowerCase(java.util.Locale.ROOT))).isEqualTo("401 invalid_api_key");
        assertThat(check("ps-nobody12-" + "x".repeat(43))).isEqualTo("401 invalid_api_key");
        assertThat(check("ps-AcmeWeb1-other")).isEqualTo("401 invalid_api_key");
    }

    @Test
    void rotationLetsBothBeValidUntilTheMoment() {
        VirtualKeys.Made old = make("app");
        time.advance(Duration.ofMinutes(1));

        VirtualKeys.Made made = result(keys.rotate(old.key().publicId(), Duration.ofHours(24), "admin-token"));

        assertThat(made.key().role()).isEqualTo("app");
        assertThat(check(old.secret())).isEqualTo("allowed");
        assertThat(check(made.secret())).isEqualTo("allowed");
        time.advance(Duration.ofHours(24).minusMillis(1));
        assertThat(check(old.secret())).isEqualTo("allowed");
        time.advance(Duration.ofMillis(1));
        assertThat(check(old.secret())).isEqualTo("401 expired_api_key");
        assertThat(check(made.secret())).isEqualTo("allowed");
        assertThat(keys.list())
                .extracting(StoredKey::replacedBy)
                .containsExactly(made.key().publicId(), "");
    }

    @Test
    void aKeyIsRotatedOnce() {
        VirtualKeys.Made old = make("app");
        result(keys.rotate(old.key().publicId(), Duration.ofHours(1), "a"));

        assertThatThrownBy(() -> result(keys.rotate(old.key().publicId(), Duration.ofHours(1), "a")))
                .isInstanceOfSatisfying(
                        GatewayError.class, e -> assertThat(e.code()).isEqualTo("key_not_current"));
        assertThatThrownBy(() -> result(keys.rotate("nobody", Duration.ofHours(1), "a")))
                .isInstanceOfSatisfying(
                        GatewayError.class, e -> assertThat(e.status()).isEqualTo(404));
    }

    @Test
    void aRevokedKeyIsRefusedAndEverybodyHearsOfItOnce() {
        VirtualKeys.Made made = make("app");
        changes.clear();
        announced.clear();

        result(keys.revoke(made.key().publicId(), "key boss"));

        assertThat(check(made.secret())).isEqualTo("401 revoked_api_key");
        assertThat(revoked).containsExactly(made.key().publicId());
        assertThat(announced).containsExactly("keys");
        assertThat(changes)
                .containsExactly(new ChangeLog.Change(
                        "key boss",
                        "key " + made.key().publicId(),
                        "tenant=acme role=app",
                        "tenant=acme role=app revoked"));
        assertThatThrownBy(() -> result(keys.revoke(made.key().publicId(), "a")))
                .isInstanceOf(GatewayError.class);
    }

    @Test
    void anotherNodeLearnsOfItFromTheStore() {
        VirtualKeys.Made made = make("app");
        List<String> endedThere = new ArrayList<>();
        VirtualKeys there = node(endedThere);
        gateway = gateway(there, "acme");
        assertThat(check(made.secret())).isEqualTo("allowed");

        result(keys.revoke(made.key().publicId(), "a"));
        result(there.refresh());
        result(there.refresh());

        assertThat(check(made.secret())).isEqualTo("401 revoked_api_key");
        assertThat(endedThere).containsExactly(made.key().publicId());
        assertThat(result(store.version())).isEqualTo(2);
    }

    @Test
    void whatAnotherNodeSaysHoldsAtOnceAndIsKeptInAStoreOfItsOwn() {
        StoredKey made = make("app").key();
        MemoryKeyStore own = new MemoryKeyStore();
        List<String> endedThere = new ArrayList<>();
        List<List<StoredKey>> told = new ArrayList<>();
        VirtualKeys there = result(VirtualKeys.open(
                new VirtualKeys.Neighbours(own, changes::add, endedThere::add, told::add),
                Secret.of("pepper"),
                time,
                new Random(6)));

        result(there.heard(List.of(made)));
        assertThat(there.list()).containsExactly(made);
        StoredKey gone = result(keys.revoke(made.publicId(), "a"));
        result(there.heard(List.of(gone, made)));
        result(there.heard(List.of(made)));

        assertThat(there.list()).containsExactly(gone);
        assertThat(endedThere).containsExactly(made.publicId());
        assertThat(result(own.load())).containsExactly(gone);
        assertThat(result(own.version())).as("nothing is written twice").isEqualTo(2);
        assertThat(told).as("what was heard is not told again").isEmpty();
    }

    @Test
    void whatAnotherNodeSaysHoldsWhileTheStoreIsAwayAndAfterItIsReadAgain() {
        VirtualKeys.Made made = make("app");
        List<StoredKey> kept = List.of(made.key());
        boolean[] away = {false};
        KeyStore stale = new KeyStore() {
            @Override
            public Future<List<StoredKey>> load() {
                return away[0] ? Future.failedFuture("away") : Future.succeededFuture(kept);
            }

            @Override
            public Future<Void> put(List<StoredKey> changed) {
                return Future.failedFuture("away");
            }

            @Override
            public Future<Long> version() {
                return Future.succeededFuture(0L);
            }

            @Override
            public Future<byte[]> pepper(byte[] candidate) {
                return Future.succeededFuture(candidate);
            }
        };
        List<String> endedThere = new ArrayList<>();
        VirtualKeys there = result(VirtualKeys.open(
                new VirtualKeys.Neighbours(stale, changes::add, endedThere::add, AccessAnnouncements.NONE),
                Secret.of("pepper"),
                time,
                new Random(6)));
        gateway = gateway(there, "acme");
        assertThat(check(made.secret())).isEqualTo("allowed");
        StoredKey gone = result(keys.revoke(made.key().publicId(), "a"));

        away[0] = true;
        assertThat(there.heard(List.of(gone)).failed()).isTrue();
        assertThat(check(made.secret())).isEqualTo("401 revoked_api_key");
        away[0] = false;
        result(there.refresh());

        assertThat(check(made.secret())).isEqualTo("401 revoked_api_key");
        assertThat(endedThere).containsExactly(made.key().publicId());
    }

    @Test
    void aChangeThatTheStoreRefusesHasNotHappened() {
        KeyStore broken = new KeyStore() {
            @Override
            public Future<List<StoredKey>> load() {
                return Future.succeededFuture(List.of());
            }

            @Override
            public Future<Void> put(List<StoredKey> changed) {
                return Future.failedFuture("disk full");
            }

            @Override
            public Future<Long> version() {
                return Future.succeededFuture(0L);
            }

            @Override
            public Future<byte[]> pepper(byte[] candidate) {
                return Future.succeededFuture(candidate);
            }
        };
        keys = result(VirtualKeys.open(
                new VirtualKeys.Neighbours(broken, changes::add, revoked::add, changed -> announced.add("keys")),
                null,
                time,
                new Random(5)));

        Future<VirtualKeys.Made> made =
                keys.create(new VirtualKeys.Wish("acme", "", null, List.of(), List.of(), List.of()), "a");

        assertThat(made.failed()).isTrue();
        assertThat(keys.list()).isEmpty();
        assertThat(changes).isEmpty();
        assertThat(announced).isEmpty();
    }

    @Test
    void aKeyOfANetworkIsRefusedElsewhereAndWhereTheAddressIsUnknown() {
        VirtualKeys.Made made = make("app", "10.0.0.0/8", "fd00::/8");

        assertThat(check(made.secret(), "10.9.9.9")).isEqualTo("allowed");
        assertThat(check(made.secret(), "fd00:0:0:0:0:0:0:1")).isEqualTo("allowed");
        assertThat(check(made.secret(), "11.0.0.1")).isEqualTo("403 address_not_allowed");
        assertThat(check(made.secret(), null)).isEqualTo("403 address_not_allowed");
        assertThat(check(FILE_KEY, "11.0.0.1")).isEqualTo("403 address_not_allowed");
    }

    @Test
    void aKeyOfTheFileExpiresAndItsOwnListsNarrowItsRole() {
        Verdict.Allowed before = (Verdict.Allowed) gateway.owner(FILE_KEY, () -> "10.0.0.1");
        assertThat(before.grant().mayUseModel("fast")).isTrue();
        assertThat(before.grant().mayUseModel("gpt-4o")).isFalse();

        time.advance(Duration.ofHours(1));

        assertThat(check(FILE_KEY)).isEqualTo("401 expired_api_key");
    }

    @Test
    void aKeyWhoseTenantOrRoleIsGoneMayNothing() {
        VirtualKeys.Made made = make("former");
        Verdict.Allowed roleless = (Verdict.Allowed) gateway.owner(made.secret(), () -> null);
        assertThat(List.of(Right.values())).noneMatch(roleless.grant()::may);

        gateway = gateway(keys, "successor");

        assertThat(check(made.secret())).isEqualTo("401 revoked_api_key");
    }

    @Test
    void lastUseIsToldToTheMinuteAndOnlyOfAcceptedCalls() {
        VirtualKeys.Made made = make("app");
        String id = made.key().publicId();
        check("ps-" + id + "-guess");
        assertThat(keys.lastUsed(id)).isNull();

        time.advance(Duration.ofSeconds(90));
        check(made.secret());

        assertThat(keys.lastUsed(id)).isEqualTo(time.now().truncatedTo(java.time.temporal.ChronoUnit.MINUTES));
        assertThat(keys.lastUsed("acme-web")).isNull();
    }

    @Test
    void aKeyMadeAtRunTimeClosesADoorThatWasOpen() {
        GatewayKey alone = GatewayKey.of(null, List.of(), RolesConfig.NONE, keys);
        assertThat(alone.open()).isTrue();

        result(keys.create(new VirtualKeys.Wish("", "", null, List.of(), List.of(), List.of()), "a"));

        assertThat(alone.open()).isFalse();
        assertThat(alone.check(null, null, null)).isInstanceOf(Verdict.Refused.class);
    }

    @Test
    void patternsKnowOnlyTheStar() {
        Names names = new Names(List.of("gpt-*-mini", "a.c", "*x*y"));

        assertThat(List.of("gpt-4o-mini", "gpt--mini", "a.c", "xy", "1x2y")).allMatch(names::have);
        assertThat(List.of("gpt-mini", "gpt-4o-mini2", "abc", "yx", "", "GPT-4o-mini"))
                .noneMatch(names::have);
        assertThat(Names.ALL.have("")).isTrue();
        assertThat(new Names(List.of("*".repeat(50) + "b")).have("a".repeat(5000)))
                .isFalse();
    }

    @Test
    void onlyTheWholeFormHasAPublicId() {
        assertThat(PublicId.of("ps-abc-secret-with-dash")).isEqualTo("abc");
        assertThat(List.of(
                        "", "ps-", "ps-secret", "ps--secret", "ps-abc-", "PS-abc-x", "ps-a/b-x", "sk-abc-x", "ps-é-x"))
                .allMatch(text -> PublicId.of(text) == null);
    }
}
