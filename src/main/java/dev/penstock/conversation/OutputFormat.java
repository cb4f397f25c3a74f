// SPDX-License-Identifier: Apache-2.0
package dev.penstock.conversation;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;

/**
 * A structure that the answer must have.
 *
 * @param schema a JSON Schema in the client's key order; null means any JSON object
 * @param name of the schema, or null
 */
public record OutputFormat(
        @Nullable String name,
        @Nullable JsonNode schema,
        @Nullable Boolean strict,
        @Nullable String description) {}
