// SPDX-License-Identifier: Apache-2.0
package dev.penstock.telemetry;

import java.util.Map;

/**
 * One span of a trace, ready to be sent.
 *
 * @param traceId 32 hexadecimal digits
 * @param spanId 16 hexadecimal digits
 * @param parentId 16 hexadecimal digits, or empty
 * @param name low in cardinality
 * @param kind as the protocol numbers them
 * @param startNanos since 1970
 * @param endNanos since 1970
 * @param attributes texts, whole numbers, numbers, truth values, and lists of texts
 * @param failed whether its status is an error
 */
record Span(
        String traceId,
        String spanId,
        String parentId,
        String name,
        Kind kind,
        long startNanos,
        long endNanos,
        Map<String, Object> attributes,
        boolean failed) {

    /** As the protocol numbers them ({@code trace.proto}, {@code Span.SpanKind}). */
    enum Kind {
        INTERNAL(1),
        SERVER(2),
        CLIENT(3);

        private final int number;

        Kind(int number) {
            this.number = number;
        }

        int number() {
            return number;
        }
    }
}
