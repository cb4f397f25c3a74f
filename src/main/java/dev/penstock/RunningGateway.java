// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.config.ReloadResult;
import java.net.InetSocketAddress;

/** A gateway that serves. */
interface RunningGateway {

    /** Where the API listens, with the port that the system chose for port 0. */
    InetSocketAddress api();

    /** Where the admin listener listens. */
    InetSocketAddress admin();

    /** Reads the configuration again and takes over all of it or nothing. May block: not for event loops. */
    ReloadResult reload();

    /** Returns when the gateway has drained and stopped. */
    void awaitStop() throws InterruptedException;

    /** What the process should end with, once it has stopped. */
    int exitCode();
}
