// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Puts values in place of <code>${VAR}</code>, <code>${VAR:-default}</code>, <code>${VAR:?why}</code> and
 * <code>${file:/path}</code>; <code>$${</code> stands for the characters themselves. What it puts in is only ever handed to
 * the record that needs it: messages show the file's text, not the value.
 */
final class Interpolation {

    private static final String FORMS = "${VAR}, ${VAR:-default}, ${VAR:?why it is needed} or ${file:/path}";
    private static final long LARGEST_SECRET_FILE = 64 << 10;

    private final Map<String, String> env;
    private final Problems problems;
    private final Set<Path> filesRead = new LinkedHashSet<>();

    Interpolation(Map<String, String> env, Problems problems) {
        this.env = env;
        this.problems = problems;
    }

    /** The files that secrets came from, so that the watcher can see them change. */
    Set<Path> filesRead() {
        return filesRead;
    }

    static boolean isIn(String text) {
        return text.contains("${");
    }

    /** The text with every reference replaced, or empty when one of them has no value (the problem is noted). */
    Optional<String> expand(Tree.Leaf leaf, String path) {
        String text = leaf.text();
        if (!leaf.expand() || !isIn(text)) {
            return Optional.of(text);
        }
        StringBuilder out = new StringBuilder();
        int from = 0;
        for (int at = text.indexOf("${"); at >= 0; at = text.indexOf("${", from)) {
            if (at > from && text.charAt(at - 1) == '$') {
                out.append(text, from, at).append('{');
                from = at + 2;
                continue;
            }
            int end = text.indexOf('}', at);
            Optional<String> value = end < 0
                    ? refuse(leaf, path, "a ${ without its }", FORMS)
                    : reference(leaf, path, text.substring(at + 2, end));
            if (value.isEmpty()) {
                return value;
            }
            out.append(text, from, at).append(value.get());
            from = end + 1;
        }
        return Optional.of(out.append(text, from, text.length()).toString());
    }

    /** The variable that has the whole text, or null. */
    @Nullable
    String variableOf(Tree.Leaf leaf) {
        String text = leaf.text();
        if (!leaf.expand() || !text.startsWith("${") || text.indexOf('}') != text.length() - 1) {
            return null;
        }
        String reference = text.substring(2, text.length() - 1);
        int colon = reference.indexOf(':');
        String name = colon < 0 ? reference : reference.substring(0, colon);
        boolean file = reference.startsWith("file:");
        return file || !isName(name) || env.getOrDefault(name, "").isEmpty() ? null : name;
    }

    private Optional<String> reference(Tree.Leaf leaf, String path, String reference) {
        if (reference.startsWith("file:")) {
            return file(leaf, path, reference.substring("file:".length()));
        }
        int colon = reference.indexOf(':');
        String name = colon < 0 ? reference : reference.substring(0, colon);
        String rest = colon < 0 ? "" : reference.substring(colon + 1);
        boolean known = colon < 0 || rest.startsWith("-") || rest.startsWith("?");
        if (!isName(name) || !known) {
            return refuse(leaf, path, "a ${...} that is none of the known forms", FORMS);
        }
        String value = env.get(name);
        if (rest.isEmpty()) {
            return value != null
                    ? Optional.of(value)
                    : refuse(leaf, path, "the variable " + name + " is not set", "a value in the environment");
        }
        // As in a shell, ":-" and ":?" treat an empty variable as an absent one.
        if (value != null && !value.isEmpty()) {
            return Optional.of(value);
        }
        return rest.startsWith("-")
                ? Optional.of(rest.substring(1))
                : refuse(leaf, path, "the variable " + name + " is not set", Paths.printable(rest.substring(1)));
    }

    private static boolean isName(String name) {
        return !name.isEmpty()
                && !Character.isDigit(name.charAt(0))
                && name.chars().allMatch(c -> c < 128 && (Character.isLetterOrDigit(c) || c == '_'));
    }

    /** One line break at the end is the editor's, not the secret's. */
    private Optional<String> file(Tree.Leaf leaf, String path, String name) {
        try {
            Path file = leaf.at().resolve(Path.of(name));
            filesRead.add(file);
            if (Files.size(file) > LARGEST_SECRET_FILE) {
                return refuse(leaf, path, "a file of more than 64KiB", "a file that holds one value");
            }
            String text = Files.readString(file, StandardCharsets.UTF_8);
            return Optional.of(
                    text.endsWith("\n") ? text.substring(0, text.length() - (text.endsWith("\r\n") ? 2 : 1)) : text);
        } catch (IOException | IllegalArgumentException e) {
            return refuse(leaf, path, "the file " + Paths.printable(name) + " cannot be read", "a readable UTF-8 file");
        }
    }

    private Optional<String> refuse(Tree.Leaf leaf, String path, String found, String expected) {
        problems.unexpected(leaf.at(), path, found, expected);
        return Optional.empty();
    }
}
