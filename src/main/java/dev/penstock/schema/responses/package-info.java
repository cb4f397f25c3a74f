// SPDX-License-Identifier: Apache-2.0
/**
 * Cold. OpenAI Responses: the errors that Penstock says itself, before a stream and inside one. In comes a
 * {@link dev.penstock.exchange.GatewayError}, out come bytes. Source: the OpenAI API reference for responses and its streaming
 * events. Open {@link dev.penstock.schema.responses.ResponsesErrorWriter} first.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.schema.responses;
