// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Keys on their way between nodes, and what two nodes know of one. */
final class KeyFormatTest {

    private static final Instant LATER = Instant.ofEpochMilli(1_800_000_000_000L);

    static StoredKey key(String id, Instant expires, Instant revoked, String replacedBy) {
        byte[] digest = new byte[32];
        Arrays.fill(digest, (byte) id.hashCode());
        return new StoredKey(
                id,
                digest,
                "acme",
                "app",
                Instant.ofEpochMilli(5),
                expires,
                List.of("gpt-*"),
                List.of("träume"),
                List.of("10.0.0.0/8", "fd00::/8"),
                revoked,
                replacedBy);
    }

    @Test
    void whatIsWrittenIsRead() {
        for (StoredKey key :
                List.of(key("Ab3dE6gH", null, null, ""), key("Ab3dE6gH", LATER, LATER.minusMillis(1), "Zz3dE6gH"))) {
            assertThat(KeyFormat.read(KeyFormat.write(key))).isEqualTo(key);
        }
        List<String> many = Collections.nCopies(1000, "x".repeat(60));
        StoredKey large = new StoredKey("a", new byte[32], "", "", LATER, null, many, List.of(), List.of(), null, "");
        assertThat(KeyFormat.read(KeyFormat.write(large))).isEqualTo(large);
    }

    @Test
    void whatIsNoKeyIsNotReadHoweverItIsBroken() {
        byte[] good = KeyFormat.write(key("Ab3dE6gH", LATER, null, ""));
        for (int length = 0; length < good.length; length++) {
            assertThat(KeyFormat.read(Arrays.copyOf(good, length)))
                    .as("cut at %d", length)
                    .isNull();
        }
        assertThat(KeyFormat.read(Arrays.copyOf(good, good.length + 1))).isNull();
        assertThat(KeyFormat.read(new byte[KeyFormat.MAX_BYTES + 1])).isNull();
        Random random = new Random(11);
        for (int i = 0; i < 20_000; i++) {
            byte[] bent = good.clone();
            bent[random.nextInt(bent.length)] ^= (byte) (1 << random.nextInt(8));
            StoredKey read = KeyFormat.read(bent);
            assertThat(read == null || KeyFormat.write(read) != null).isTrue();
        }
        for (String id : new String[] {"", "a-b", "a b", "a\n", "x".repeat(65)}) {
            assertThat(KeyFormat.write(key(id, null, null, ""))).as(id).isNull();
        }
    }

    @Test
    void whatTwoNodesKnowAddsUpToOneThingInWhateverOrder() {
        StoredKey made = key("a", LATER, null, "");
        StoredKey replaced = made.replaced("b", LATER.minusSeconds(60));
        StoredKey revoked = made.revoked(LATER.minusSeconds(90));
        List<StoredKey> told = List.of(made, replaced, revoked, revoked.revoked(LATER), replaced);
        StoredKey whole = replaced.revoked(LATER.minusSeconds(90));
        Random random = new Random(3);
        for (int i = 0; i < 100; i++) {
            List<StoredKey> shuffled = new java.util.ArrayList<>(told);
            Collections.shuffle(shuffled, random);
            assertThat(shuffled.stream().reduce(StoredKey::with)).contains(whole);
        }
        assertThat(whole.with(made)).isEqualTo(whole);
    }

    @Test
    void ofAnotherKeyByTheSameIdNothingIsTaken() {
        StoredKey mine = key("a", null, null, "");
        StoredKey other =
                new StoredKey("a", new byte[32], "x", "", LATER, null, List.of(), List.of(), List.of(), LATER, "");

        assertThat(mine.with(other)).isEqualTo(mine);
    }
}
