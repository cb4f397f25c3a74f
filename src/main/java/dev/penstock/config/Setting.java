// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One effective value and where it came from.
 *
 * @param path the key in full
 * @param value as one would write it in the file; {@code ***} for secrets and for text that came out of a variable
 * @param origin {@code penstock.yaml:4}, a variable, {@code default} or {@code built in}
 * @param variable of the environment that holds the whole value, or null
 */
public record Setting(
        String path, String value, String origin, @Nullable String variable) {

    /** One line, whatever the value holds. */
    @Override
    public String toString() {
        return path + ": " + Paths.printable(value);
    }

    /** For {@code -o json}. */
    public Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("path", path);
        map.put("value", value);
        map.put("origin", origin);
        return map;
    }
}
