// SPDX-License-Identifier: Apache-2.0
package dev.penstock.quota;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.LimitRule;
import dev.penstock.config.LimitRule.Period;
import dev.penstock.config.LimitRule.Scope;
import dev.penstock.config.LimitRule.Unit;
import dev.penstock.kit.time.ManualTime;
import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.TimeMeter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A node alone is exact: each decision is the one of a slow model that adds up everything, and of Bucket4j's local bucket. */
final class ExactModelTest {

    private static final LimitRule[] RULES = {
        QuotaRoom.rule(Scope.TENANT, "*", Unit.REQUESTS, 30, Period.MINUTE),
        QuotaRoom.rule(Scope.TENANT, "*", Unit.TOKENS, 4_000, Period.MINUTE),
        QuotaRoom.rule(Scope.USER, "*", Unit.REQUESTS, 200, Period.HOUR),
        QuotaRoom.rule(Scope.TENANT, "*", Unit.CONCURRENT, 6, Period.NONE),
    };

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void everyDecisionIsTheOneOfTheModel(long seed) {
        Random random = new Random(seed);
        QuotaRoom room = new QuotaRoom(RULES);
        Model model = new Model();
        List<Running> running = new ArrayList<>();
        int refused = 0;
        for (int i = 0; i < 20_000; i++) {
            int dice = random.nextInt(100);
            if (dice < 50) {
                String tenant = random.nextBoolean() ? "acme" : "globex";
                String user = random.nextBoolean() ? "ann" : "bob";
                long prompt = 1 + random.nextInt(200);
                long output = 1 + random.nextInt(300);
                boolean expected = model.admits(room.time, tenant, user, prompt + output);
                Admission.Decision decision = room.admit(QuotaRoom.call(tenant, user, prompt, output));

                assertThat(decision instanceof Admission.Decision.Admitted)
                        .as("step %s: %s", i, decision)
                        .isEqualTo(expected);
                if (decision instanceof Admission.Decision.Admitted admitted) {
                    model.admitted(room.time, tenant, user, prompt + output);
                    running.add(new Running(
                            admitted.permit(),
                            tenant,
                            user,
                            prompt + output,
                            model.window(room.time, Period.MINUTE),
                            model.window(room.time, Period.HOUR)));
                } else {
                    refused++;
                }
            } else if (dice < 90 && !running.isEmpty()) {
                Running one = running.remove(random.nextInt(running.size()));
                boolean cancelled = random.nextInt(4) == 0;
                long used = random.nextInt(600);
                if (cancelled) {
                    one.permit.cancel();
                } else {
                    one.permit.settle(0, used, 0);
                    one.permit.settle(0, used, 0);
                }
                one.permit.cancel();
                model.ended(room.time, one, cancelled, used);
            } else {
                room.time.advance(Duration.ofMillis(random.nextInt(4_000)));
            }
        }

        assertThat(refused).isGreaterThan(100);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void aFixedWindowIsBucket4jsIntervalRefill(long seed) {
        Random random = new Random(seed);
        QuotaRoom room = new QuotaRoom(QuotaRoom.tenant(Unit.TOKENS, 1_000, Period.MINUTE));
        Bucket oracle = Bucket.builder()
                .addLimit(Bandwidth.builder()
                        .capacity(1_000)
                        .refillIntervally(1_000, Duration.ofMinutes(1))
                        .build())
                .withCustomTimePrecision(meter(room.time))
                .build();
        int admitted = 0;
        for (int i = 0; i < 10_000; i++) {
            room.time.advance(Duration.ofMillis(random.nextInt(3_000)));
            long tokens = 2 + random.nextInt(200);
            boolean passes = room.passes(QuotaRoom.call(1, tokens - 1));

            assertThat(passes).as("step %s", i).isEqualTo(oracle.tryConsume(tokens));
            admitted += passes ? 1 : 0;
        }

        assertThat(admitted).isBetween(1_000, 9_000);
    }

    private static TimeMeter meter(ManualTime time) {
        return new TimeMeter() {
            @Override
            public long currentTimeNanos() {
                return time.nanos();
            }

            @Override
            public boolean isWallClockBased() {
                return false;
            }
        };
    }

    private record Running(Permit permit, String tenant, String user, long reserved, long window, long hour) {}

    /** Adds up, window by window, and forgets nothing. */
    private static final class Model {

        private final Map<String, Long> used = new HashMap<>();

        long window(ManualTime time, Period period) {
            return Windows.number(period, time.now().toEpochMilli());
        }

        boolean admits(ManualTime time, String tenant, String user, long tokens) {
            return get(requests(time, tenant)) + 1 <= 30
                    && get(tokens(window(time, Period.MINUTE), tenant)) + tokens <= 4_000
                    && get(person(window(time, Period.HOUR), tenant, user)) + 1 <= 200
                    && get("held " + tenant) + 1 <= 6;
        }

        void admitted(ManualTime time, String tenant, String user, long tokens) {
            add(requests(time, tenant), 1);
            add(tokens(window(time, Period.MINUTE), tenant), tokens);
            add(person(window(time, Period.HOUR), tenant, user), 1);
            add("held " + tenant, 1);
        }

        void ended(ManualTime time, Running one, boolean cancelled, long tokens) {
            add("held " + one.tenant, -1);
            long now = window(time, Period.MINUTE);
            if (cancelled) {
                add("requests " + one.window + one.tenant, -1);
                add(tokens(one.window, one.tenant), -one.reserved);
                add(person(one.hour, one.tenant, one.user), -1);
                return;
            }
            long more = tokens - one.reserved;
            // What was used beyond the reservation counts where the caller is now, if its window is over.
            add(tokens(more > 0 ? now : one.window, one.tenant), more);
        }

        private String requests(ManualTime time, String tenant) {
            return "requests " + window(time, Period.MINUTE) + tenant;
        }

        private static String tokens(long window, String tenant) {
            return "tokens " + window + tenant;
        }

        private static String person(long hour, String tenant, String user) {
            return "hour " + hour + tenant + "/" + user;
        }

        private long get(String key) {
            return used.getOrDefault(key, 0L);
        }

        private void add(String key, long amount) {
            used.merge(key, amount, Long::sum);
        }
    }
}
