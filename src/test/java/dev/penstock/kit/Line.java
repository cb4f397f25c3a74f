// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit;

import io.vertx.core.Future;

/** The wire under a script, on the event loop of its connection. */
interface Line {

    void head();

    void send(byte[] payload);

    void raw(byte[] bytes);

    /** Lets go of what {@link Script.Segments#TOGETHER} holds back. */
    void flush();

    /** Ends the body; completes when the operating system has all of it. */
    Future<Void> endBody();

    void reset();

    void close();

    boolean full();

    void onDrain(Runnable task);
}
