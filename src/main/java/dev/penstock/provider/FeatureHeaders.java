// SPDX-License-Identifier: Apache-2.0
package dev.penstock.provider;

import io.vertx.core.MultiMap;
import java.util.List;

/** The opt-ins of a client that mean something to one vendor only. They stay here when the request goes to another one. */
final class FeatureHeaders {

    static final String OPENAI_BETA = "openai-beta";
    static final String ANTHROPIC_BETA = "anthropic-beta";
    static final String ANTHROPIC_VERSION = "anthropic-version";

    private static final List<String> ALL = List.of(OPENAI_BETA, ANTHROPIC_BETA, ANTHROPIC_VERSION);

    private FeatureHeaders() {}

    static void removeForeign(MultiMap headers, Endpoint endpoint) {
        for (String name : ALL) {
            if (!endpoint.understands(name)) {
                headers.remove(name);
            }
        }
    }
}
