// SPDX-License-Identifier: Apache-2.0
package dev.penstock.credentials;

import io.vertx.core.buffer.Buffer;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** The fields of a form, as a body. */
final class Form {

    static final String TYPE = "application/x-www-form-urlencoded; charset=utf-8";

    private final StringBuilder text = new StringBuilder();

    Form with(String name, String value) {
        text.append(text.isEmpty() ? "" : "&")
                .append(URLEncoder.encode(name, StandardCharsets.UTF_8))
                .append('=')
                .append(URLEncoder.encode(value, StandardCharsets.UTF_8));
        return this;
    }

    Buffer body() {
        return Buffer.buffer(text.toString());
    }
}
