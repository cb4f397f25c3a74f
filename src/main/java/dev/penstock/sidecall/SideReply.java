// SPDX-License-Identifier: Apache-2.0
package dev.penstock.sidecall;

import java.nio.charset.StandardCharsets;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A whole answer.
 *
 * @param status as it came, also when it tells of an error or a redirect
 * @param header value by name, in any case of letters
 * @param body not longer than was allowed; may be empty
 */
@SuppressWarnings("ArrayRecordComponent")
public record SideReply(int status, UnaryOperator<@Nullable String> header, byte[] body) {

    public boolean ok() {
        return status >= 200 && status < 300;
    }

    public String text() {
        return new String(body, StandardCharsets.UTF_8);
    }
}
