// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.util.List;

/** What came of reading the configuration: all of it, or none of it and every reason. */
public sealed interface LoadResult {

    /**
     * A configuration that is right in every part.
     *
     * @param snapshot the values
     * @param settings each effective value with its origin, in the order of the file's sections
     * @param notices what a person should know although nothing is wrong, one line each
     */
    record Loaded(Snapshot snapshot, List<Setting> settings, List<String> notices) implements LoadResult {
        public Loaded {
            settings = List.copyOf(settings);
            notices = List.copyOf(notices);
        }

        /** Where the value at this path came from. */
        public String originOf(String path) {
            return settings.stream()
                    .filter(s -> s.path().equals(path))
                    .map(Setting::origin)
                    .findFirst()
                    .orElse("default");
        }
    }

    /** At least one problem. Nothing of this configuration may be used. */
    record Invalid(List<Problem> problems) implements LoadResult {
        public Invalid {
            problems = List.copyOf(problems);
        }
    }
}
