// SPDX-License-Identifier: Apache-2.0
package dev.penstock.credentials;

import io.vertx.core.Future;

/** A place, or several in order, where something for a time can be had. */
@FunctionalInterface
interface Source<T> {

    /** Asks once. Called and completed on the event loop; fails with {@link NoCredentials}, whose message may be shown. */
    Future<Lease<T>> fetch();
}
