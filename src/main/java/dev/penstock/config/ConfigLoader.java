// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads the configuration: defaults, then the files in order (a folder stands for its {@code *.yaml} in the order of their
 * names), then variables such as {@code PENSTOCK__SERVER__PORT}; later wins, key by key. Without a file on the command line
 * {@code PENSTOCK_CONFIG} names one, else {@code penstock.yaml} in the working directory is taken if it exists. Each call of
 * {@link #load} reads everything again, so one loader serves start and reload.
 */
public final class ConfigLoader {

    static final String DEFAULT_FILE = "penstock.yaml";
    static final String FILE_VARIABLE = "PENSTOCK_CONFIG";

    private final List<Path> files;
    private final Path workingDirectory;
    private final Map<String, String> env;
    private final @Nullable Secret generatedKey;
    private volatile Set<Path> otherFiles = Set.of();

    /**
     * @param files from the command line, may be empty
     * @param generatedKey the key that callers must send when the configuration names none, or null
     */
    public ConfigLoader(
            List<Path> files, Path workingDirectory, Map<String, String> env, @Nullable Secret generatedKey) {
        this.files = List.copyOf(files);
        this.workingDirectory = workingDirectory;
        this.env = Map.copyOf(env);
        this.generatedKey = generatedKey;
    }

    public LoadResult load() {
        Problems problems = new Problems();
        Tree tree = new Tree.Nothing(Source.of("configuration"));
        for (Path file : sources()) {
            tree = layer(tree, file, problems);
        }
        tree = new Overrides(env, problems).apply(tree);
        Interpolation interpolation = new Interpolation(env, problems);
        Binder binder = new Binder(problems, interpolation);
        Assembler assembler = new Assembler(binder.bind(tree), binder, env, generatedKey, problems);
        LoadResult.Loaded loaded = assembler.assemble();
        Set<Path> read = new HashSet<>(interpolation.filesRead());
        read.addAll(assembler.filesRead());
        otherFiles = Set.copyOf(read);
        return problems.isEmpty() ? loaded : new LoadResult.Invalid(problems.inOrder());
    }

    /** A hash of all that a load would read from disk; it changes when a reload could have a different result. */
    public String fingerprint() {
        StringBuilder text = new StringBuilder();
        Problems ignored = new Problems();
        Stream<Path> configured = sources().stream().flatMap(path -> expand(path, ignored).stream());
        Stream.concat(
                        configured.map(workingDirectory::resolve),
                        otherFiles.stream().sorted())
                .forEach(
                        path -> text.append(path).append(' ').append(hash(path)).append('\n'));
        return Effective.sha256(text.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static String hash(Path path) {
        try {
            return Effective.sha256(Files.readAllBytes(path));
        } catch (IOException e) {
            return "unreadable";
        }
    }

    private List<Path> sources() {
        if (!files.isEmpty()) {
            return files;
        }
        String variable = env.getOrDefault(FILE_VARIABLE, "").strip();
        if (!variable.isEmpty()) {
            return List.of(Path.of(variable));
        }
        Path usual = Path.of(DEFAULT_FILE);
        return Files.exists(workingDirectory.resolve(usual)) ? List.of(usual) : List.of();
    }

    private Tree layer(Tree below, Path source, Problems problems) {
        Tree tree = below;
        for (Path file : expand(source, problems)) {
            Optional<Tree> layer = read(file, problems);
            if (layer.isPresent()) {
                tree = Tree.merge(tree, layer.get());
            }
        }
        return tree;
    }

    /** Names that begin with a dot are left out: a mounted ConfigMap keeps its generations in such folders. */
    private List<Path> expand(Path source, Problems problems) {
        Path path = workingDirectory.resolve(source);
        if (!Files.isDirectory(path)) {
            return List.of(source);
        }
        try (Stream<Path> entries = Files.list(path)) {
            List<Path> found = entries.map(Path::getFileName)
                    .filter(name -> name.toString().endsWith(".yaml")
                            && !name.toString().startsWith("."))
                    .sorted()
                    .map(source::resolve)
                    .toList();
            if (found.isEmpty()) {
                problems.unexpected(Source.of(source.toString()), "", "a folder without configuration", "*.yaml in it");
            }
            return new ArrayList<>(found);
        } catch (IOException e) {
            problems.unexpected(Source.of(source.toString()), "", "a folder that cannot be read", "a readable folder");
            return List.of();
        }
    }

    private Optional<Tree> read(Path file, Problems problems) {
        Path path = workingDirectory.resolve(file);
        try {
            Path parent = path.toAbsolutePath().getParent();
            Path folder = parent == null ? path.toAbsolutePath() : parent;
            return TreeReader.file(file.toString(), folder, Files.readAllBytes(path), problems);
        } catch (IOException e) {
            String found = Files.exists(path) ? "a file that cannot be read" : "no such file";
            problems.unexpected(Source.of(file.toString()), "", found, "a readable YAML file or a folder of them");
            return Optional.empty();
        }
    }
}
