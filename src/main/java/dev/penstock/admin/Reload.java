// SPDX-License-Identifier: Apache-2.0
package dev.penstock.admin;

import io.vertx.core.Future;
import java.util.List;

/** Reads the configuration again, all or nothing. */
@FunctionalInterface
public interface Reload {

    /** How a reload ended. */
    enum Status {
        /** The new configuration is in force; what stands in {@code needsRestart} is not. */
        APPLIED,
        /** The files say what is already in force. */
        UNCHANGED,
        /** The files have problems; nothing changed. */
        INVALID,
        /** Another reload is under way or the process is draining; nothing changed. */
        BUSY
    }

    /**
     * What a reload did.
     *
     * @param status how it ended
     * @param version the version of the configuration that is in force now
     * @param changed paths whose values are new
     * @param needsRestart paths whose values are new in the file and wait for the next start
     * @param problems what is wrong, one line each, with position
     */
    record Result(
            Status status, String version, List<String> changed, List<String> needsRestart, List<String> problems) {

        public Result {
            changed = List.copyOf(changed);
            needsRestart = List.copyOf(needsRestart);
            problems = List.copyOf(problems);
        }
    }

    Future<Result> reload();
}
