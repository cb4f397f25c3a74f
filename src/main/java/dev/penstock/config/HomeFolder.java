// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Paths out of the environment. */
final class HomeFolder {

    private HomeFolder() {}

    /** Where the files of the one who runs this process are, or null when the environment does not say. */
    static @Nullable Path of(Map<String, String> env) {
        Path home = path(env, "HOME");
        return home != null ? home : path(env, "USERPROFILE");
    }

    /** The path that a variable holds, or null when it holds none. */
    static @Nullable Path path(Map<String, String> env, String variable) {
        String text = env.getOrDefault(variable, "").strip();
        try {
            return text.isEmpty() ? null : Path.of(text);
        } catch (InvalidPathException e) {
            return null;
        }
    }

    /** Where the process keeps what outlives it, or null when the environment does not say. */
    static @Nullable Path data(Map<String, String> env) {
        Path data = path(env, "PENSTOCK_DATA");
        if (data != null) {
            return data;
        }
        Path state = path(env, "XDG_STATE_HOME");
        if (state != null && state.isAbsolute()) {
            return state.resolve("penstock");
        }
        Path home = of(env);
        return home == null ? null : home.resolve(Path.of(".local", "state", "penstock"));
    }

    /** The file that a variable names, else the usual one below a folder. */
    static @Nullable Path file(Map<String, String> env, String variable, @Nullable Path folder, String usual) {
        Path named = path(env, variable);
        return named != null || folder == null ? named : folder.resolve(usual);
    }
}
