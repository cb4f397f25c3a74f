// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.config.LoadResult;
import dev.penstock.config.Snapshot;
import java.util.concurrent.Callable;

/** The seam between the command line and the house: {@code serve} needs nothing more of a gateway than this. */
@FunctionalInterface
interface GatewayStarter {

    /**
     * Opens both listeners before it returns.
     *
     * @param reload reads the configuration again; called for each reload, never on an event loop
     */
    RunningGateway start(Snapshot snapshot, Callable<LoadResult> reload) throws Exception;
}
