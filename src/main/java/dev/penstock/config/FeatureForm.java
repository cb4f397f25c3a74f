// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import org.jspecify.annotations.Nullable;

/** One entry of the section {@code features}: a use case that calls name in {@code x-penstock-feature}. */
record FeatureForm(
        @Key(value = "How much its calls may ask for, all together.", unset = "as much as they want")
        LimitForm.@Nullable Counts limits,

        @Key(value = "What its calls may cost.", unset = "what they cost")
        LimitForm.@Nullable Money budget) {}
