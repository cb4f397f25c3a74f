// SPDX-License-Identifier: Apache-2.0
package dev.penstock.switches;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.SwitchesConfig;
import dev.penstock.exchange.ChangeLog.Change;
import dev.penstock.exchange.Identity;
import dev.penstock.exchange.SwitchObject;
import dev.penstock.exchange.SwitchRule;
import dev.penstock.kit.time.ManualTime;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What holds when file, people, other nodes and the clock speak of the same switch. */
final class SwitchBoardTest {

    private static final SwitchObject CHAT = new SwitchObject(SwitchObject.Kind.MODEL, "chat");
    private static final SwitchRule OFF = new SwitchRule(false, 100, List.of(), "drill", null);
    private static final SwitchRule ON = new SwitchRule(true, 100, List.of(), "", null);

    private final ManualTime time = new ManualTime();
    private final Switches switches = new Switches();
    private final List<Change> changes = new ArrayList<>();
    private final List<SwitchNotice> told = new ArrayList<>();
    private final List<String> heard = new ArrayList<>();
    private SwitchStore store = SwitchStore.inMemory();

    private final SwitchListener listener = new SwitchListener() {
        @Override
        public void changed(SwitchObject object, SwitchRule before, SwitchRule after, Cause cause, Duration grace) {
            heard.add(cause + " " + object + " " + after.inWords() + " " + grace);
        }

        @Override
        public void notKept(SwitchObject object, Throwable why) {
            heard.add("not kept " + object);
        }
    };

    private SwitchBoard board(SwitchesConfig file) {
        return new SwitchBoard(file, "node-1", time, time, store, changes::add, listener, told::add, switches);
    }

    private static SwitchesConfig file(SwitchRule rule) {
        return new SwitchesConfig(Map.of(CHAT, rule));
    }

    private boolean isOn() {
        return switches.refusal(Identity.NONE, "chat") == null;
    }

    private static StoredSwitch flip(boolean enabled, boolean cleared, long version, String node) {
        return new StoredSwitch(
                "model.chat", cleared, enabled, 100, List.of(), "", "somebody", Instant.EPOCH, null, version, node);
    }

    @Test
    void aLiveFlipHoldsInPlaceOfTheFileUntilItIsCleared() {
        SwitchBoard board = board(file(OFF));
        assertThat(isOn()).isFalse();

        board.flip(CHAT, ON, Duration.ZERO, "anna");
        assertThat(isOn()).isTrue();
        assertThat(board.of(CHAT).flip()).isNotNull();

        board.clear(CHAT, "anna");
        assertThat(isOn()).isFalse();
        assertThat(board.of(CHAT).flip()).isNull();
        assertThat(board.clear(CHAT, "anna").succeeded()).isTrue();
        assertThat(changes)
                .containsExactly(
                        new Change("anna", "switch model.chat", "disabled: drill", "enabled"),
                        new Change("anna", "switch model.chat", "enabled", "disabled: drill"));
    }

    @Test
    void aFlipThatEndsGivesWayToTheFileAtItsMoment() {
        SwitchBoard board = board(SwitchesConfig.NONE);
        Instant until = time.now().plus(Duration.ofHours(2));

        board.flip(CHAT, new SwitchRule(false, 100, List.of(), "", until), Duration.ofSeconds(5), "anna");

        time.advance(Duration.ofHours(2).minusMillis(1));
        assertThat(isOn()).isFalse();
        time.advance(Duration.ofMillis(1));
        assertThat(isOn()).isTrue();
        assertThat(heard)
                .containsExactly(
                        "FLIPPED model.chat disabled until " + until + " PT5S", "EXPIRED model.chat enabled PT0S");
        assertThat(time.pending()).isZero();
    }

    @Test
    void anEntryOfTheFileEndsAsWell() {
        board(file(new SwitchRule(false, 100, List.of(), "", time.now().plusSeconds(60))));
        assertThat(isOn()).isFalse();

        time.advance(Duration.ofSeconds(60));

        assertThat(isOn()).isTrue();
    }

    @Test
    void aReloadKeepsLiveFlipsAndChangesTheRest() {
        SwitchBoard board = board(file(OFF));
        board.flip(CHAT, ON, Duration.ZERO, "anna");
        heard.clear();

        board.use(new SwitchesConfig(Map.of(CHAT, OFF, SwitchObject.GATEWAY, OFF)));

        assertThat(switches.of(CHAT, Identity.NONE)).isNull();
        assertThat(switches.of(SwitchObject.GATEWAY, Identity.NONE)).isNotNull();
        assertThat(heard).containsExactly("FILE gateway disabled: drill PT0S");
        board.use(SwitchesConfig.NONE);
        assertThat(isOn()).isTrue();
    }

    @Test
    void inWhateverOrderFlipsAreHeardTheNewestHolds() {
        List<StoredSwitch> flips = new ArrayList<>(List.of(
                flip(false, false, 10, "a"),
                flip(true, false, 11, "a"),
                flip(false, false, 12, "a"),
                flip(true, false, 12, "b"),
                flip(false, false, 12, "aa")));
        Random random = new Random(5);
        for (int round = 0; round < 50; round++) {
            Collections.shuffle(flips, random);
            SwitchBoard board = board(SwitchesConfig.NONE);

            flips.forEach(flip -> board.heard(new SwitchNotice(flip, Duration.ZERO)));

            assertThat(board.of(CHAT).flip()).isEqualTo(flip(true, false, 12, "b"));
            assertThat(isOn()).isTrue();
        }
        assertThat(told).as("what was heard is not told again").isEmpty();
    }

    @Test
    void whatWasTakenBackDoesNotComeBackFromANodeThatWasAway() {
        SwitchBoard board = board(SwitchesConfig.NONE);
        board.heard(new SwitchNotice(flip(false, true, 20, "b"), Duration.ZERO));

        board.heard(new SwitchNotice(flip(false, false, 19, "c"), Duration.ZERO));

        assertThat(isOn()).isTrue();
        assertThat(board.told()).extracting(SwitchNotice::flip).containsExactly(flip(false, true, 20, "b"));
    }

    @Test
    void aFlipHereIsNewerThanWhatANodeWithAFastClockHasSaid() {
        SwitchBoard board = board(SwitchesConfig.NONE);
        long ahead = time.now().plus(Duration.ofDays(1)).toEpochMilli();
        board.heard(new SwitchNotice(flip(false, false, ahead, "z"), Duration.ZERO));

        board.flip(CHAT, ON, Duration.ZERO, "anna");

        assertThat(isOn()).isTrue();
        assertThat(told).extracting(notice -> notice.flip().version()).containsExactly(ahead + 1);
    }

    @Test
    void aRestartFindsWhatTheStoreHasKept() {
        board(SwitchesConfig.NONE).flip(CHAT, OFF, Duration.ZERO, "anna");
        switches.set(Map.of());
        SwitchBoard again = board(SwitchesConfig.NONE);
        assertThat(isOn()).isTrue();

        assertThat(again.load().succeeded()).isTrue();

        assertThat(isOn()).isFalse();
        assertThat(again.of(CHAT).flip().by()).isEqualTo("anna");
    }

    @Test
    void aFlipHoldsAlsoWhereTheStoreFails() {
        store = new SwitchStore() {
            @Override
            public Future<List<StoredSwitch>> load() {
                return Future.failedFuture("gone");
            }

            @Override
            public Future<?> save(StoredSwitch flip) {
                return Future.failedFuture("gone");
            }
        };
        SwitchBoard board = board(SwitchesConfig.NONE);

        assertThat(board.load().failed()).isTrue();
        assertThat(board.flip(CHAT, OFF, Duration.ZERO, "anna").failed()).isTrue();
        assertThat(isOn()).isFalse();
        board.heard(new SwitchNotice(flip(true, false, Long.MAX_VALUE / 4, "b"), Duration.ZERO));

        assertThat(isOn()).isTrue();
        assertThat(heard).contains("not kept model.chat");
        assertThat(told).hasSize(1);
    }

    @Test
    void strangersCannotMakeItRememberWithoutBound() {
        SwitchBoard board = board(SwitchesConfig.NONE);
        board.flip(CHAT, OFF, Duration.ZERO, "anna");

        for (int i = 0; i < 10_050; i++) {
            board.heard(new SwitchNotice(
                    new StoredSwitch("feature.f" + i, true, true, 100, List.of(), "", "x", Instant.EPOCH, null, i, "z"),
                    Duration.ZERO));
        }

        assertThat(board.told()).hasSize(10_000);
        assertThat(isOn()).as("what holds is forgotten last").isFalse();
    }

    @Test
    void theListHasTheGatewayAndAllThatSomebodySpokeOf() {
        SwitchBoard board = board(file(OFF));
        board.flip(new SwitchObject(SwitchObject.Kind.TENANT, "acme"), OFF, Duration.ZERO, "anna");

        assertThat(board.list())
                .extracting(entry -> entry.object() + " " + entry.rule().inWords() + " " + (entry.flip() != null))
                .containsExactly(
                        "gateway enabled false",
                        "model.chat disabled: drill false",
                        "tenant.acme disabled: drill true");
        assertThat(switches.disabled()).isEqualTo(2);
    }
}
