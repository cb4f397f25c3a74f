// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The profiles of AWS's two shared files, put together: where both files have a setting, the one with the credentials wins.
 * Reading blocks. Nested settings (indented lines) and sections that are no profile are left out.
 *
 * <p>Source: "Shared config and credentials files" and "File format", AWS SDKs and Tools Reference Guide, November 2026.
 */
public final class AwsProfiles {

    private static final int MAX_BYTES = 1 << 20;
    private static final String PREFIX = "profile";

    private final Map<String, Map<String, String>> sections = new HashMap<>();

    private AwsProfiles() {}

    /**
     * Reads both; a file that does not exist is empty.
     *
     * @throws IOException when one exists and cannot be read, or is no file of a sensible size
     */
    public static AwsProfiles read(AwsLogin.Profile profile) throws IOException {
        AwsProfiles read = new AwsProfiles();
        read.add(text(profile.config()), true);
        read.add(text(profile.credentials()), false);
        return read;
    }

    /** The settings of a profile by their lower-case names, or null when no file has it. Values may be secret. */
    public @Nullable Map<String, String> profile(String name) {
        Map<String, String> found = sections.get(name);
        return found == null ? null : Map.copyOf(found);
    }

    private static String text(@Nullable Path file) throws IOException {
        if (file == null) {
            return "";
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw new IOException("too large");
            }
            return new String(bytes, StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            return "";
        }
    }

    private void add(String text, boolean prefixed) {
        Map<String, String> current = null;
        for (String line : text.split("\\R", -1)) {
            boolean indented = !line.isEmpty() && Character.isWhitespace(line.charAt(0));
            String content = withoutComment(line).strip();
            if (content.startsWith("[")) {
                String name = sectionName(content, prefixed);
                current = name == null ? null : sections.computeIfAbsent(name, fresh -> new HashMap<>());
            } else if (current != null && !indented) {
                put(current, content);
            }
        }
    }

    private static void put(Map<String, String> section, String content) {
        int equals = content.indexOf('=');
        if (equals > 0) {
            String key = content.substring(0, equals).strip().toLowerCase(java.util.Locale.ROOT);
            section.put(key, content.substring(equals + 1).strip());
        }
    }

    /** {@code [profile work]} in the one file is {@code [work]} in the other; only the default needs no prefix. */
    private static @Nullable String sectionName(String line, boolean prefixed) {
        int close = line.indexOf(']');
        String name = close < 0 ? "" : line.substring(1, close).strip();
        boolean hasPrefix = name.startsWith(PREFIX)
                && name.length() > PREFIX.length()
                && Character.isWhitespace(name.charAt(PREFIX.length()));
        if (prefixed && hasPrefix) {
            return name.substring(PREFIX.length()).strip();
        }
        return name.isEmpty() || (prefixed && !name.equals(AwsLogin.DEFAULT_PROFILE)) ? null : name;
    }

    /** A comment begins the line or follows a blank; elsewhere the sign is a part of the value. */
    private static String withoutComment(String line) {
        for (int i = 0; i < line.length(); i++) {
            boolean sign = line.charAt(i) == '#' || line.charAt(i) == ';';
            if (sign && (i == 0 || Character.isWhitespace(line.charAt(i - 1)))) {
                return line.substring(0, i);
            }
        }
        return line;
    }
}
