// SPDX-License-Identifier: Apache-2.0
package dev.penstock.pipeline;

import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Outcome;
import dev.penstock.idempotency.Beginning;
import dev.penstock.idempotency.Claim;
import dev.penstock.idempotency.Idempotency;
import dev.penstock.idempotency.KeptAnswer;
import io.vertx.core.buffer.Buffer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A call that has a name, and so is made once. It stands between its exchange and the client and takes down what the client gets. An
 * answer that is complete is kept; whatever else becomes of the call frees the name, so that who repeats it can succeed. Both happen before the
 * last byte goes out: a client may repeat its call at once. Lives on the event loop of the exchange.
 *
 * <pre>
 *   begun --claimed--&gt; made --answer complete--&gt; kept
 *     |                  +--error, degraded, too large, client gone for good--&gt; freed
 *     +--exchange ended--&gt; over: what is claimed later is freed at once
 * </pre>
 */
final class Once implements ClientResponse {

    private final Idempotency idempotency;
    private final Arrival arrival;
    private final String name;
    private final ClientResponse client;
    private @Nullable Claim claim;
    private @Nullable ResponseHead head;
    private @Nullable Buffer heard = Buffer.buffer();
    private boolean over;

    Once(Idempotency idempotency, Arrival arrival, String name, ClientResponse client) {
        this.idempotency = idempotency;
        this.arrival = arrival;
        this.name = name;
        this.client = client;
    }

    /** May it be made? {@code next} hears of it once, or never where the exchange has ended meanwhile. */
    void begin(byte[] body, Consumer<Beginning> next) {
        // One path, one schema, and only one method: that is the door.
        String door = arrival.schema().name();
        idempotency.begin(arrival.who(), name, door, body, arrival.uuid().toString(), beginning -> {
            if (beginning instanceof Beginning.First first) {
                claim = first.claim();
                if (over) {
                    first.claim().free();
                }
            }
            if (!over) {
                next.accept(beginning);
            }
        });
    }

    /** The exchange has ended. What has not been kept until now is not. */
    void end() {
        over = true;
        free();
    }

    /** Does nothing where an answer was kept. */
    private void free() {
        heard = null;
        if (claim != null) {
            claim.free();
        }
    }

    private void listen(Buffer bytes) {
        Buffer known = heard;
        if (known == null) {
            return;
        }
        if (known.length() + (long) bytes.length() > idempotency.maxAnswerBytes()) {
            heard = null;
            idempotency.tooLarge();
        } else {
            known.appendBuffer(bytes);
        }
    }

    private void complete(boolean stream) {
        Buffer all = heard;
        ResponseHead said = head;
        // What stands in for an answer on a bad day costs nothing, and tomorrow may be better.
        boolean stands = said != null && said.outcome() != Outcome.DEGRADED;
        if (all != null && said != null && stands && claim != null) {
            claim.keep(new KeptAnswer(stream, said.target(), said.upstreamRequestId(), said.dropped(), all.getBytes()));
        } else {
            free();
        }
    }

    // ---- what the client gets

    @Override
    public void refuse(GatewayError error, ResponseHead describes) {
        free();
        client.refuse(error, describes);
    }

    @Override
    public void respond(ResponseHead describes, Buffer body) {
        head = describes;
        listen(body);
        complete(false);
        client.respond(describes, body);
    }

    @Override
    public void replay(ResponseHead describes, boolean stream, Buffer body) {
        client.replay(describes, stream, body);
    }

    @Override
    public void startStream(ResponseHead describes) {
        head = describes;
        client.startStream(describes);
    }

    @Override
    public void sendHead() {
        client.sendHead();
    }

    @Override
    public void write(Buffer events) {
        listen(events);
        client.write(events);
    }

    @Override
    public boolean full() {
        return client.full();
    }

    @Override
    public void onDrain(Runnable room) {
        client.onDrain(room);
    }

    @Override
    public void endStream(@Nullable Buffer lastEvents) {
        if (lastEvents != null) {
            listen(lastEvents);
        }
        complete(true);
        client.endStream(lastEvents);
    }

    @Override
    public void failStream(GatewayError error, @Nullable Buffer event) {
        free();
        client.failStream(error, event);
    }

    @Override
    public long bytesWritten() {
        return client.bytesWritten();
    }
}
