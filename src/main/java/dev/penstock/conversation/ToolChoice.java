// SPDX-License-Identifier: Apache-2.0
package dev.penstock.conversation;

import org.jspecify.annotations.Nullable;

/**
 * Whether the model may, must or must not call a tool.
 *
 * @param name with {@link Kind#NAMED}, else null
 */
public record ToolChoice(Kind kind, @Nullable String name) {

    /** The client said nothing. */
    public static final ToolChoice UNSAID = new ToolChoice(Kind.UNSAID, null);

    /** The choices. */
    public enum Kind {
        UNSAID,
        NONE,
        AUTO,
        REQUIRED,
        NAMED
    }

    public static ToolChoice of(Kind kind) {
        return new ToolChoice(kind, null);
    }
}
