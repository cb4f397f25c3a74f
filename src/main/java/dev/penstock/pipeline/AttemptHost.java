// SPDX-License-Identifier: Apache-2.0
package dev.penstock.pipeline;

import dev.penstock.exchange.GatewayError;
import dev.penstock.streaming.StreamResult;
import org.jspecify.annotations.Nullable;

/**
 * Hears of an {@link Attempt}: any number of calls, requests sent and signs of life, then that it speaks, then at most one of the ends; nothing
 * after an abort. All on the event loop of the exchange.
 */
interface AttemptHost {

    /** The request goes out to the provider; more than once where it has several keys. */
    void calling(Attempt attempt);

    /** The provider has the whole request. */
    void sent(Attempt attempt);

    /** Whether the head of the answer has gone out already, before anything was known of it. */
    boolean committed();

    /** Whether anybody still waits for an answer. */
    boolean waits();

    /** The silence before the reply has lasted so long that the client should hear a sign of life. */
    void keepAlive(Attempt attempt);

    /** The first content is here, or a clean end without any: from now on this is the answer. */
    void speaks(Attempt attempt);

    void answered(Attempt attempt, Speech.Whole whole);

    /** The stream has ended with the provider's own terminal marker, which has been relayed. */
    void streamed(Attempt attempt, StreamResult seen);

    /** The target was not asked, because the request cannot be told to it or it has no room. */
    void refused(Attempt attempt, GatewayError why);

    /**
     * The target was asked, and it went wrong.
     *
     * @param seen of a stream that had begun, or null
     */
    void failed(Attempt attempt, GatewayError error, @Nullable StreamResult seen);
}
