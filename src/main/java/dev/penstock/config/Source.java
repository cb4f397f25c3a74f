// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where a value was written, for a person and for relative paths.
 *
 * @param name the file as it was named on the command line, or the variable
 * @param line from 1, or 0 where there are no lines
 * @param column from 1, or 0
 * @param folder what relative paths in this value start from
 */
record Source(String name, int line, int column, @Nullable Path folder) {

    static Source of(String name) {
        return new Source(name, 0, 0, null);
    }

    /** {@code penstock.yaml:4}: enough to find the place again. */
    String brief() {
        return line == 0 ? name : name + ":" + line;
    }

    Path resolve(Path path) {
        return folder == null ? path : folder.resolve(path);
    }
}
