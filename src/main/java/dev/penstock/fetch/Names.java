// SPDX-License-Identifier: Apache-2.0
package dev.penstock.fetch;

import io.vertx.core.Future;
import java.net.InetAddress;
import java.util.List;

/** Looks host names up. */
@FunctionalInterface
public interface Names {

    /** All addresses of a name; asked and answered on the shard's event loop, which it does not block. */
    Future<List<InetAddress>> lookUp(String name);
}
