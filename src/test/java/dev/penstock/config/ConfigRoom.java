// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A working directory and an environment for one test, and short words for loading what stands in them. */
final class ConfigRoom {

    private final Path folder;
    private final Map<String, String> env = new HashMap<>();

    ConfigRoom(Path folder) {
        this.folder = folder;
    }

    ConfigRoom file(String name, String text) {
        try {
            Path file = folder.resolve(name);
            Files.createDirectories(file.getParent());
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /** The file that is found without a word on the command line. */
    ConfigRoom yaml(String text) {
        return file("penstock.yaml", text);
    }

    ConfigRoom env(String name, String value) {
        env.put(name, value);
        return this;
    }

    ConfigLoader loader(String... files) {
        return new ConfigLoader(List.of(files).stream().map(Path::of).toList(), folder, env, null);
    }

    LoadResult.Loaded loaded(String... files) {
        LoadResult result = loader(files).load();
        assertThat(result).isInstanceOf(LoadResult.Loaded.class);
        return (LoadResult.Loaded) result;
    }

    Snapshot snapshot(String... files) {
        return loaded(files).snapshot();
    }

    List<String> problems(String... files) {
        LoadResult result = loader(files).load();
        assertThat(result).isInstanceOf(LoadResult.Invalid.class);
        return ((LoadResult.Invalid) result)
                .problems().stream().map(Problem::toString).toList();
    }

    /** Effective values as {@code config --origin} would print them. */
    Map<String, String> settings() {
        return loaded().settings().stream()
                .collect(Collectors.toMap(Setting::path, s -> s.value() + " # " + s.origin()));
    }
}
