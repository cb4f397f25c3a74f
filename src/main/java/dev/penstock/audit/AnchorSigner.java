// SPDX-License-Identifier: Apache-2.0
package dev.penstock.audit;

import io.vertx.core.Future;
import java.net.URI;
import java.util.Map;

/** Signs requests to a bucket with whatever credentials are valid now. On one event loop. */
@FunctionalInterface
public interface AnchorSigner {

    /**
     * Signs one request.
     *
     * @param headers that are sent and signed besides those that come of it
     * @return headers to add; fails where there are no credentials
     */
    Future<Map<String, String>> sign(String method, URI url, Map<String, String> headers, byte[] body);
}
