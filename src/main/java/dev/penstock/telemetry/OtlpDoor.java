// SPDX-License-Identifier: Apache-2.0
package dev.penstock.telemetry;

import java.util.concurrent.CompletionStage;

/** Sends to a receiver of OTLP. */
@FunctionalInterface
public interface OtlpDoor {

    /**
     * Any thread; returns at once.
     *
     * @param json the body
     * @return the status of the answer, or a failure where there was none
     */
    CompletionStage<Integer> post(byte[] json);
}
