// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The answer to a reload: all of the new configuration, or nothing of it. */
public sealed interface ReloadResult {

    /**
     * The new configuration holds for every exchange that starts from now on.
     *
     * @param snapshot what holds now
     * @param changed keys that differ from what held before
     * @param restart keys that differ from what the process was started with and take effect after a restart
     */
    record Applied(Snapshot snapshot, List<String> changed, List<String> restart) implements ReloadResult {
        public Applied {
            changed = List.copyOf(changed);
            restart = List.copyOf(restart);
        }
    }

    /** The new configuration is wrong; what held before still holds. */
    record Refused(List<Problem> problems) implements ReloadResult {
        public Refused {
            problems = List.copyOf(problems);
        }
    }

    /**
     * Judges what was loaded. The caller swaps its snapshot reference when the answer is {@link Applied}.
     *
     * @param started what the process was started with: listeners still follow it
     * @param current what holds now
     */
    static ReloadResult of(Snapshot started, Snapshot current, LoadResult loaded) {
        return switch (loaded) {
            case LoadResult.Invalid invalid -> new Refused(invalid.problems());
            case LoadResult.Loaded fresh ->
                new Applied(
                        fresh.snapshot(),
                        ConfigDiff.between(current, fresh.snapshot()).changed(),
                        ConfigDiff.between(started, fresh.snapshot()).restart());
        };
    }

    /** The body of the admin API's answer. */
    default Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        switch (this) {
            case Applied applied -> {
                map.put("applied", true);
                map.put("version", applied.snapshot().version());
                map.put("changed", applied.changed());
                map.put("needs_restart", applied.restart());
            }
            case Refused refused -> {
                map.put("applied", false);
                map.put(
                        "problems",
                        refused.problems().stream().map(Problem::toMap).toList());
            }
        }
        return map;
    }
}
