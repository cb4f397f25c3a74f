// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the documents say about the repository is so: links lead somewhere, commands can be found, rooms exist. */
final class DocumentsTest {

    private static final Path TOP = Path.of(System.getProperty("penstock.basedir", "."));
    private static final Pattern LINK = Pattern.compile("]\\(([^)#\\s]+)(#[^)]*)?\\)");

    @Test
    void theReadmeHasTheCommandsThatCiRuns() throws IOException {
        assertThat(blockAfter("<!-- ci:run -->")).containsExactly("mvn -q compile exec:exec");
        assertThat(String.join("\n", blockAfter("<!-- ci:curl -->")))
                .startsWith("curl ")
                .contains("http://127.0.0.1:8080/v1/chat/completions", "\"stream\": true", "\"model\": \"demo\"");
    }

    @Test
    void theReadmeShowsAnAnswerThatEndsAsAnswersEnd() throws IOException {
        String readme = Files.readString(TOP.resolve("README.md"));

        assertThat(readme).contains("data: {\"id\":\"chatcmpl-demo\"", "\ndata: [DONE]\n");
    }

    @Test
    void operationsListsTheExitCodesOfTheCommandLine() throws IOException {
        Map<String, String> listed = new LinkedHashMap<>();
        Matcher rows = Pattern.compile("^\\| (\\d) \\| (.+) \\|$", Pattern.MULTILINE)
                .matcher(Files.readString(TOP.resolve("src/site/markdown/operations.md")));
        while (rows.find()) {
            listed.put(rows.group(1), rows.group(2));
        }

        assertThat(listed).isEqualTo(ExitCode.list());
    }

    @Test
    void everyRelativeLinkLeadsToAFile() throws IOException {
        List<String> broken = new ArrayList<>();
        for (Path document : documents()) {
            Matcher links = LINK.matcher(Files.readString(document));
            while (links.find()) {
                String target = links.group(1);
                if (!target.contains("://") && !Files.exists(document.resolveSibling(target))) {
                    broken.add(TOP.relativize(document) + " -> " + target);
                }
            }
        }

        assertThat(broken).isEmpty();
    }

    @Test
    void thePlanOfTheHouseNamesEveryRoomAndNoOther() throws IOException {
        Set<String> rooms = new TreeSet<>();
        try (Stream<Path> packages = Files.list(TOP.resolve("src/main/java/dev/penstock"))) {
            packages.filter(Files::isDirectory)
                    .forEach(room -> rooms.add(room.getFileName().toString()));
        }
        Set<String> named = new TreeSet<>();
        Matcher rows = Pattern.compile("^\\| `([a-z]+)` \\|", Pattern.MULTILINE)
                .matcher(Files.readString(TOP.resolve("src/site/markdown/architecture.md")));
        while (rows.find()) {
            named.add(rows.group(1));
        }

        assertThat(named).isEqualTo(rooms);
    }

    @Test
    void everyFileThatTheWalkNamesExists() throws IOException {
        String walk = Files.readString(TOP.resolve("src/site/markdown/architecture.md"));
        Matcher files = Pattern.compile("\\b([a-z]+(?:/[a-z]+)*/[A-Z]\\w+)\\b").matcher(walk);
        List<String> missing = new ArrayList<>();
        while (files.find()) {
            if (!Files.exists(TOP.resolve("src/main/java/dev/penstock/" + files.group(1) + ".java"))) {
                missing.add(files.group(1));
            }
        }

        assertThat(missing).isEmpty();
    }

    private static List<String> blockAfter(String marker) throws IOException {
        List<String> block = new ArrayList<>();
        boolean wanted = false;
        boolean inside = false;
        for (String line : Files.readAllLines(TOP.resolve("README.md"))) {
            if (line.equals(marker)) {
                wanted = true;
            } else if (wanted && line.startsWith("```")) {
                if (inside) {
                    return block;
                }
                inside = true;
            } else if (wanted && inside) {
                block.add(line);
            }
        }
        return block;
    }

    private static List<Path> documents() throws IOException {
        List<Path> documents = new ArrayList<>(List.of(
                TOP.resolve("README.md"), TOP.resolve(".github/CONTRIBUTING.md"), TOP.resolve(".github/SECURITY.md")));
        try (Stream<Path> site = Files.list(TOP.resolve("src/site/markdown"))) {
            site.filter(path -> path.toString().endsWith(".md")).forEach(documents::add);
        }
        return documents;
    }
}
