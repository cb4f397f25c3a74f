// SPDX-License-Identifier: Apache-2.0
package dev.penstock.conversation;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;

/**
 * A function that the model may ask for.
 *
 * @param parameters a JSON Schema in the client's key order, or null for none
 * @param strict whether arguments must follow it exactly; null when the client did not say
 */
public record Tool(
        String name,
        @Nullable String description,
        @Nullable JsonNode parameters,
        @Nullable Boolean strict,
        @Nullable CacheMark cache) {}
