// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema.openai;

import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Usage;
import org.jspecify.annotations.Nullable;

/**
 * What Penstock needs of a whole answer.
 *
 * @param object whether the body is a JSON object at all
 * @param usage what the provider counted, or null
 * @param finishReason of the choice with index 0, in the provider's word, or null
 * @param error what the provider said, when a body with status 200 holds an error instead of an answer
 * @param contentBytes raw bytes of text, reasoning and tool arguments: the basis of an estimate
 */
public record ChatResponse(
        boolean object,
        @Nullable Usage usage,
        @Nullable String finishReason,
        @Nullable GatewayError error,
        long contentBytes) {}
