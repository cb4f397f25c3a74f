// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One thing that is wrong with the configuration, worded for the person who has to change it. Never holds a secret.
 *
 * @param file the file or the variable
 * @param line from 1, or 0 where there are no lines
 * @param column from 1, or 0
 * @param path the key in full, {@code models.chat.targets[2].wieght}, or empty when the whole file is meant
 * @param message what was found and what was expected
 */
public record Problem(String file, int line, int column, String path, String message) {

    static Problem at(Source source, String path, String message) {
        return new Problem(source.name(), source.line(), source.column(), path, message);
    }

    /** For {@code -o json}. */
    public Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("file", file);
        map.put("line", line);
        map.put("column", column);
        map.put("path", path);
        map.put("message", message);
        return map;
    }

    /** {@code file:line:column  path  message}, the form that editors and terminals can follow. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(file);
        if (line > 0) {
            text.append(':').append(line).append(':').append(column);
        }
        if (!path.isEmpty()) {
            text.append("  ").append(path);
        }
        return text.append("  ").append(message).toString();
    }
}
