// SPDX-License-Identifier: Apache-2.0
/**
 * Hot and warm. From one schema to another. Each schema has a package with the same few parts: a reader and a writer of requests, a decoder
 * and an encoder of streams, the same two for whole answers, a reader of errors. {@link dev.penstock.translation.TranslationTable}
 * puts those of two schemas together: request, response, stream, error. The packages of schemas do not know each other.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.translation;
