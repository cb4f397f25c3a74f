// SPDX-License-Identifier: Apache-2.0
package dev.penstock.conversation;

import dev.penstock.exchange.ApiSchema;
import org.jspecify.annotations.Nullable;

/**
 * Something opaque that belongs to a provider and must come back to it unchanged: without it the next turn is refused, or the
 * model forgets what it thought. Never looked into, never joined, never shortened. A writer for another schema than
 * {@code origin} must not send it.
 *
 * @param origin who issued it
 * @param kind {@code signature} (Anthropic, Bedrock), {@code redacted} (Anthropic, Bedrock), {@code thought_signature} (Gemini),
 *     {@code encrypted_content} (Responses), {@code reasoning_details} (OpenRouter, JSON text)
 * @param value as it came
 * @param id of the item that held it, where the schema has one
 */
public record Carrier(
        ApiSchema origin,
        String kind,
        String value,
        @Nullable String id) {}
