// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How callers show who they are, beside the keys of the file.
 *
 * @param apiKeys whether keys open the gateway
 * @param pepper what the digests of virtual keys are made with; null: one that is kept with them, or made for this process
 * @param issuers whose tokens open it; no two of the same name in {@code iss}
 * @param session whom to ask about sessions of the application, or null
 * @param order all ways, the one that is asked first in front
 */
public record AuthConfig(
        boolean apiKeys,
        @Nullable Secret pepper,
        List<OidcIssuer> issuers,
        @Nullable SessionCheck session,
        List<Method> order) {

    /** A way to show who one is. */
    public enum Method {
        KEY,
        OIDC,
        SESSION
    }

    /** Nothing of the kind. */
    public static final AuthConfig NONE = new AuthConfig(true, null, List.of(), null, List.of(Method.values()));

    public AuthConfig {
        issuers = List.copyOf(issuers);
        order = List.copyOf(order);
    }

    /** Whether there is nothing but keys. */
    public boolean isKeysOnly() {
        return apiKeys && issuers.isEmpty() && session == null;
    }
}
