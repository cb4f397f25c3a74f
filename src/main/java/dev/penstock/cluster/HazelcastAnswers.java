// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import dev.penstock.cluster.SettleCall.What;
import dev.penstock.idempotency.AnswerStore;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Named calls that the nodes of a cluster share, each kept on one of them with a copy on another, see {@link SettleCall}. A claim that is
 * granted when nobody waits for it any more is freed again.
 */
final class HazelcastAnswers implements AnswerStore {

    /** What an entry's node says that cannot tell. */
    static final NamedCall NOBODY_KNOWS = new NamedCall();

    private final String self;
    private final IMap<String, NamedCall> calls;
    private final Questions<Standing> questions;

    /** @param thread never waits, and has nothing that takes long */
    HazelcastAnswers(String self, HazelcastInstance hazelcast, ScheduledExecutorService thread) {
        this.self = self;
        this.calls = hazelcast.getMap(HazelcastSettings.NAMED_CALLS);
        this.questions = new Questions<>(thread, Standing.UNKNOWN);
    }

    @Override
    public void claim(Ask ask, Consumer<Standing> answer) {
        ask(What.CLAIM, ask, null, 0, answer, late -> {
            if (late == Standing.CLAIMED) {
                // Nobody is going to make the call.
                free(ask);
            }
        });
    }

    @Override
    public void renew(Ask ask) {
        tell(What.RENEW, ask, null, 0);
    }

    @Override
    public void keep(Ask ask, byte[] answer, Duration ttl) {
        tell(What.KEEP, ask, answer, ttl.toMillis());
    }

    @Override
    public void free(Ask ask) {
        tell(What.FREE, ask, null, 0);
    }

    private void tell(What what, Ask ask, byte @Nullable [] kept, long keepMillis) {
        ask(what, ask, kept, keepMillis, unheard -> {}, unheard -> {});
    }

    private void ask(
            What what,
            Ask ask,
            byte @Nullable [] kept,
            long keepMillis,
            Consumer<Standing> answer,
            Consumer<Standing> late) {
        SettleCall processor = new SettleCall(what, ask.fingerprint(), ask.owner(), self, kept, keepMillis);
        questions.<NamedCall>ask(
                () -> calls.submitToKey(ask.call(), processor),
                (call, failure) -> failure == null ? standing(call, ask) : Standing.UNKNOWN,
                answer,
                late);
    }

    private static Standing standing(@Nullable NamedCall call, Ask ask) {
        if (call == null) {
            return Standing.CLAIMED;
        }
        if (call.isNobodys()) {
            return Standing.UNKNOWN;
        }
        if (!call.hasFingerprint(ask.fingerprint())) {
            return Standing.DIFFERENT;
        }
        byte[] before = call.answer();
        return before == null ? Standing.UNDER_WAY : new Standing.Answered(before);
    }

    /** Nobody is left waiting. */
    void close() {
        questions.close();
    }
}
