// SPDX-License-Identifier: Apache-2.0
package dev.penstock.sidecall;

import dev.penstock.exchange.CallGuard;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/** Makes Penstock's own requests. One per shard; called and answered on its event loop. */
public interface SideCalls {

    /** Fails with {@link SideCallFailed} when there is no whole answer in time; any status is an answer. */
    Future<SideReply> send(SideCall call);

    /** As {@link #send(SideCall)}, until {@code over} completes: then it fails, and nothing more of an answer is taken in. */
    default Future<SideReply> send(SideCall call, Future<?> over) {
        return send(call);
    }

    /** Ends the connections that are left. */
    void close();

    /** Over the network. Created on the event loop that will use it. */
    static SideCalls over(Vertx vertx) {
        return over(vertx, CallGuard.NONE);
    }

    /** As {@link #over(Vertx)}, where hosts that are known to be down are not called for a while. */
    static SideCalls over(Vertx vertx, CallGuard guard) {
        return new WebSideCalls(vertx, guard);
    }
}
