// SPDX-License-Identifier: Apache-2.0
/**
 * Hot and warm. Anthropic Messages: the head of a request, the splice that changes {@code model}, the look at one stream event, the
 * reader of provider errors and the writer of our own. Source: Anthropic's API reference for {@code POST /v1/messages} and the
 * types of its SDKs (August 2026). Open {@code MessagesRequestReader} first, then {@code MessagesEventReader}.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.schema.anthropic;
