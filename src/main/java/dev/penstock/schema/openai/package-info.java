// SPDX-License-Identifier: Apache-2.0
/**
 * Hot and warm. OpenAI chat completions: the head of a request, the splice that changes {@code model} and asks for usage, the
 * look at one stream event, the look at a whole answer, and the writers of chunks, answers and errors. Source: the OpenAI API
 * reference for chat completions and the deviations of compatible servers, as noted at each class. Open
 * {@code ChatRequestReader} first, then {@code ChatEventReader}.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.schema.openai;
