// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import java.util.UUID;

/** When the end of an answer may go out. Asked once per answer, on the shard's event loop; a refusal is not asked about. */
@FunctionalInterface
public interface LastByte {

    /** It waits for nothing. */
    LastByte AT_ONCE = (exchange, end) -> end.run();

    /** Runs the action, which sends the end, now or later on this event loop. Called before the exchange is settled, in the same turn. */
    void whenItMay(UUID exchange, Runnable end);
}
