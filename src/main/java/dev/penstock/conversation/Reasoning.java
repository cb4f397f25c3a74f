// SPDX-License-Identifier: Apache-2.0
package dev.penstock.conversation;

import org.jspecify.annotations.Nullable;

/**
 * How much the model shall think before it answers.
 *
 * @param effort {@code none}, {@code minimal}, {@code low}, {@code medium}, {@code high}, {@code xhigh}, {@code max}; null when only a
 *     number was said
 * @param budgetTokens most tokens to think, or null
 * @param adaptive the model decides by itself
 * @param summary {@code auto}, {@code concise}, {@code detailed}, {@code omitted}, or null
 */
public record Reasoning(
        @Nullable String effort,
        @Nullable Long budgetTokens,
        boolean adaptive,
        @Nullable String summary) {}
