// SPDX-License-Identifier: Apache-2.0
package dev.penstock.credentials;

import io.vertx.core.Future;

/** One place where AWS's SDKs look for credentials. */
interface Step {

    /** For messages, such as "web identity". */
    String name();

    /** Looks. Fails with {@link NoCredentials} when it is set up and does not work. */
    Future<Taken> take();

    /** One that is known to have nothing. */
    static Step absent(String name, String why) {
        return new Step() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public Future<Taken> take() {
                return Future.succeededFuture(new Taken.Nothing(why));
            }
        };
    }
}
