// SPDX-License-Identifier: Apache-2.0
package dev.penstock.pipeline;

import dev.penstock.accounting.ExchangeRecord.Times;
import dev.penstock.exchange.Ticker;
import java.time.Instant;

/** When an exchange passed its stations, on the ticker's nanoseconds. Lives on the event loop of the exchange. */
final class Timeline {

    private static final long NOT_YET = -1;

    private final Ticker ticker;
    private final long arrived;
    private final Instant arrivedAt;
    private long whole = NOT_YET;
    private long routedAt = NOT_YET;
    private long admittedAt = NOT_YET;
    private long committedAt = NOT_YET;
    private long routing;
    private long routed = NOT_YET;
    private long stoodStillAt;
    private long stoodStill;
    private long handed = NOT_YET;
    private long head = NOT_YET;

    /** Of an exchange that arrives now. */
    Timeline(Ticker ticker) {
        this.ticker = ticker;
        this.arrived = ticker.nanos();
        this.arrivedAt = ticker.now();
    }

    long arrived() {
        return arrived;
    }

    /** The same by the wall clock. */
    Instant arrivedAt() {
        return arrivedAt;
    }

    long sinceArrival() {
        return ticker.nanos() - arrived;
    }

    /** The last byte of the request has come. */
    void requestWhole() {
        whole = ticker.nanos();
    }

    /** From arrival to the last time that routing began; negative when it has not. */
    long routingFrom() {
        return routed < 0 ? NOT_YET : routing - arrived;
    }

    void routingBegins() {
        routing = ticker.nanos();
    }

    void routingEnds() {
        routedAt = ticker.nanos();
        routed = routedAt - routing;
    }

    /** How long it took to decide; negative when nothing was decided. */
    long routingNanos() {
        return routed;
    }

    /** The limits have spoken. */
    void admitted() {
        admittedAt = ticker.nanos();
    }

    /** The head of the answer goes out. */
    void committed() {
        committedAt = ticker.nanos();
    }

    /** All of it, for the record. */
    Times times() {
        return new Times(since(whole), since(routedAt), since(admittedAt), since(committedAt));
    }

    private long since(long station) {
        return station == NOT_YET ? NOT_YET : station - arrived;
    }

    /** Waits for something that is neither the gateway nor the provider: what the client pointed to, or room at the target. */
    void standsStill() {
        stoodStillAt = ticker.nanos();
    }

    void goesOn() {
        if (handed < 0) {
            stoodStill += ticker.nanos() - stoodStillAt;
        }
    }

    /** The request is the provider's from here on, however many attempts it takes. */
    void handedOver() {
        if (handed < 0) {
            handed = ticker.nanos();
        }
    }

    void headArrived() {
        head = ticker.nanos();
    }

    /** That head did not count: another attempt follows. */
    void headAwaitedAgain() {
        head = NOT_YET;
    }

    /** From arrival to the head of the answer, or until now. */
    long untilHead() {
        return (head < 0 ? ticker.nanos() : head) - arrived;
    }

    /** How long the provider has been waited for: until its head, or until now; negative before it is asked. */
    long waited() {
        return handed < 0 ? NOT_YET : (head < 0 ? ticker.nanos() : head) - handed;
    }

    /** What Penstock itself took: not the client's upload, not what was waited for besides, not the provider's connection and answer. */
    long overhead() {
        return whole < 0 ? 0 : (handed < 0 ? ticker.nanos() : handed) - whole - stoodStill;
    }
}
