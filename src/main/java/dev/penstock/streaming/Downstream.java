// SPDX-License-Identifier: Apache-2.0
package dev.penstock.streaming;

import io.vertx.core.buffer.Buffer;
import org.jspecify.annotations.Nullable;

/** The client's side of a stream, as the pipe needs it. All calls are on the event loop of the exchange. */
public interface Downstream {

    /**
     * The first content is here: status 200 and the head, unless they are out already. From here on this stream can only end well or end
     * with an error event.
     */
    void commit();

    /** Whole events. */
    void write(Buffer events);

    /** True when the client does not keep up and no more should be written. */
    boolean full();

    /** Calls back once, when there is room again. */
    void onDrain(Runnable room);

    /** The provider's terminal marker was relayed: ends the body in an orderly way, after the last events. */
    void end(@Nullable Buffer lastEvents);
}
