// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The tables of the documentation are those of the code. */
final class ReferenceTest {

    private static final Path PAGE = ShippedFilesTest.ROOT.resolve("src/site/markdown/configuration.md");

    @Test
    void theTableOfKeysIsTheGeneratedOne() throws Exception {
        compare("keys", Reference.markdown());
    }

    @Test
    void theTableOfProvidersIsTheGeneratedOne() throws Exception {
        compare("presets", Reference.presets());
    }

    private static void compare(String name, String table) throws Exception {
        String begin = "<!-- begin " + name + " -->\n\n";
        String end = "\n<!-- end " + name + " -->";
        String page = Files.readString(PAGE);
        int from = page.indexOf(begin) + begin.length();
        int to = page.indexOf(end);
        if (ShippedFilesTest.REGENERATE) {
            page = page.substring(0, from) + table + page.substring(to);
            Files.writeString(PAGE, page);
            to = page.indexOf(end);
        }
        assertThat(page.substring(from, to)).isEqualTo(table);
    }
}
