// SPDX-License-Identifier: Apache-2.0
package dev.penstock.conversation;

import org.jspecify.annotations.Nullable;

/**
 * What an encoder must know that no provider says.
 *
 * @param model the name that the client asked for
 * @param id of the exchange; ids of the answer are made from it where the provider's do not fit
 * @param createdSeconds Unix time of the answer
 * @param includeUsage whether the client wants usage in its stream, where the schema lets it choose
 * @param request what was asked, for schemas whose answers repeat it, or null
 */
public record AnswerInfo(
        String model,
        String id,
        long createdSeconds,
        boolean includeUsage,
        @Nullable Conversation request) {}
