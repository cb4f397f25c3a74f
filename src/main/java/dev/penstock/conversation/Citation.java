// SPDX-License-Identifier: Apache-2.0
package dev.penstock.conversation;

import org.jspecify.annotations.Nullable;

/**
 * A source of the text before it.
 *
 * @param url where, or null for a document of the prompt
 * @param title of the source, or null
 * @param quote the cited words, or null
 * @param from first character in the text of the answer, or -1
 * @param to behind the last one, or -1
 */
public record Citation(
        @Nullable String url,
        @Nullable String title,
        @Nullable String quote,
        int from,
        int to) {}
