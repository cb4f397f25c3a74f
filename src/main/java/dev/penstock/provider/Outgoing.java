// SPDX-License-Identifier: Apache-2.0
package dev.penstock.provider;

import io.vertx.core.buffer.Buffer;
import java.time.Instant;
import java.util.List;

/**
 * A request as it will stand on the wire, for whoever signs it.
 *
 * @param method HTTP method
 * @param host as in the {@code host} header: with the port unless it is the scheme's own
 * @param target path and query, encoded
 * @param body in pieces, in order
 * @param bodyLength their sum in bytes
 * @param now the moment of sending
 */
record Outgoing(String method, String host, String target, List<Buffer> body, int bodyLength, Instant now) {

    /** Without the query. */
    String path() {
        int query = target.indexOf('?');
        return query < 0 ? target : target.substring(0, query);
    }

    /** Without the question mark; empty for none. */
    String query() {
        int query = target.indexOf('?');
        return query < 0 ? "" : target.substring(query + 1);
    }

    /** The body in one piece: a copy, so only for who needs it. */
    byte[] wholeBody() {
        byte[] whole = new byte[bodyLength];
        int offset = 0;
        for (Buffer piece : body) {
            piece.getBytes(whole, offset);
            offset += piece.length();
        }
        return whole;
    }
}
