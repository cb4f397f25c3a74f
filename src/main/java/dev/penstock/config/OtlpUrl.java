// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * Where a receiver of OTLP is: the address before {@code /v1/traces}, or nothing, as a variable that is not set has it.
 *
 * @param url null for nobody
 */
record OtlpUrl(@Nullable URI url) {

    static @Nullable OtlpUrl parse(String text) {
        if (text.isBlank()) {
            return new OtlpUrl(null);
        }
        URI url = Scalar.url(text);
        boolean whole = url != null
                && (url.getPath().endsWith("/v1/traces") || url.getPath().endsWith("/v1/metrics"));
        return url == null || whole ? null : new OtlpUrl(url);
    }

    @Override
    public String toString() {
        return url == null ? "" : url.toString();
    }
}
