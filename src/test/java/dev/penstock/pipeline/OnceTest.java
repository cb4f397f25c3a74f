// SPDX-License-Identifier: Apache-2.0
package dev.penstock.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.IdempotencyConfig;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.Identity;
import dev.penstock.idempotency.AnswerStore;
import dev.penstock.idempotency.Beginning;
import dev.penstock.idempotency.Idempotency;
import dev.penstock.idempotency.IdempotencyListener;
import dev.penstock.kit.time.ManualTime;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** What a named call leaves in the store, in the order in which it does. */
final class OnceTest {

    private static final ResponseHead HEAD = new ResponseHead("id", null, 1, null, 0, -1, null, null, Set.of());

    private final ManualTime time = new ManualTime();
    private final List<String> happened = new ArrayList<>();
    private final SlowStore store = new SlowStore();
    private final Once once = new Once(
            new Idempotency(
                    store,
                    () -> new IdempotencyConfig(Duration.ofHours(1), 10),
                    Runnable::run,
                    time,
                    IdempotencyListener.NONE),
            new Arrival(
                    ApiSchema.OPENAI_CHAT,
                    UUID.randomUUID(),
                    "id",
                    null,
                    new CallTerms(null, null, "name", "", ""),
                    Identity.NONE,
                    "",
                    ModelGate.ALL,
                    -1),
            "name",
            new Heard());
    private final List<Beginning> begun = new ArrayList<>();

    private void begin() {
        once.begin(new byte[] {1}, begun::add);
    }

    @Test
    void whoLeavesBeforeTheStoreHasAnsweredLeavesNoClaimBehind() {
        begin();
        once.end();
        store.answer.accept(AnswerStore.Standing.CLAIMED);

        assertThat(begun).isEmpty();
        assertThat(happened).containsExactly("claim", "free");
        assertThat(time.pending()).isZero();
    }

    @Test
    void anAnswerIsKeptBeforeItsLastByteGoesOut() {
        begin();
        store.answer.accept(AnswerStore.Standing.CLAIMED);
        once.startStream(HEAD);
        once.write(Buffer.buffer("one "));
        once.endStream(Buffer.buffer("two"));
        once.end();

        assertThat(happened).containsExactly("claim", "start", "write one ", "keep", "end two");
        assertThat(store.kept).endsWith("one two".getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void aStreamThatFailsIsNotKept() {
        begin();
        store.answer.accept(AnswerStore.Standing.CLAIMED);
        once.startStream(HEAD);
        once.write(Buffer.buffer("one "));
        once.failStream(GatewayError.of(Kind.TRUNCATED, "cut"), null);
        once.end();

        assertThat(happened).containsExactly("claim", "start", "write one ", "free", "fail");
    }

    @Test
    void anAnswerBeyondTheMostGoesOutAndIsNotKept() {
        begin();
        store.answer.accept(AnswerStore.Standing.CLAIMED);
        once.respond(HEAD, Buffer.buffer("01234567890"));
        once.end();

        assertThat(happened).containsExactly("claim", "free", "respond");
    }

    @Test
    void anAnswerOfJustTheMostIsKept() {
        begin();
        store.answer.accept(AnswerStore.Standing.CLAIMED);
        once.respond(HEAD, Buffer.buffer("0123456789"));
        once.end();

        assertThat(happened).containsExactly("claim", "keep", "respond");
    }

    @Test
    void anErrorFreesTheNameBeforeTheClientHearsOfIt() {
        begin();
        store.answer.accept(AnswerStore.Standing.CLAIMED);
        once.refuse(GatewayError.of(Kind.CONNECT_FAILED, "no"), HEAD);
        once.end();

        assertThat(happened).containsExactly("claim", "free", "refuse");
    }

    /** Answers when the test says so. */
    private final class SlowStore implements AnswerStore {
        private Consumer<Standing> answer;
        private byte[] kept;

        @Override
        public void claim(Ask ask, Consumer<Standing> heard) {
            happened.add("claim");
            answer = heard;
        }

        @Override
        public void renew(Ask ask) {
            happened.add("renew");
        }

        @Override
        public void keep(Ask ask, byte[] bytes, Duration ttl) {
            happened.add("keep");
            kept = bytes;
        }

        @Override
        public void free(Ask ask) {
            happened.add("free");
        }
    }

    /** The client's side. */
    private final class Heard implements ClientResponse {

        @Override
        public void refuse(GatewayError error, ResponseHead head) {
            happened.add("refuse");
        }

        @Override
        public void respond(ResponseHead head, Buffer body) {
            happened.add("respond");
        }

        @Override
        public void replay(ResponseHead head, boolean stream, Buffer body) {
            happened.add("replay");
        }

        @Override
        public void startStream(ResponseHead head) {
            happened.add("start");
        }

        @Override
        public void sendHead() {
            happened.add("head");
        }

        @Override
        public void write(Buffer events) {
            happened.add("write " + events);
        }

        @Override
        public boolean full() {
            return false;
        }

        @Override
        public void onDrain(Runnable room) {
            happened.add("drain");
        }

        @Override
        public void endStream(Buffer lastEvents) {
            happened.add("end " + lastEvents);
        }

        @Override
        public void failStream(GatewayError error, Buffer event) {
            happened.add("fail");
        }

        @Override
        public long bytesWritten() {
            return 0;
        }
    }
}
