// SPDX-License-Identifier: Apache-2.0
package dev.penstock.exchange;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Knows of which calls it is taken down what is said. Asked once per call, when it is known who calls; any thread, nothing waits. */
@FunctionalInterface
public interface Transcripts {

    /** Of none. */
    Transcripts NONE = (who, exchange) -> null;

    /** Begins one; null for a call of which figures are enough, and that is every call of a tenant that did not ask for more. */
    @Nullable
    Transcript begin(Identity who, UUID exchange);
}
