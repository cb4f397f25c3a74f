// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CsvTest {

    private static String line(String... cells) {
        StringBuilder out = new StringBuilder();
        Csv.line(out, List.of(cells));
        return out.toString();
    }

    @Test
    void whatWouldBeAFormulaIsMadeHarmless() {
        assertThat(line("=1+1", "+2", "-3", "@x", "\tx", "\rx", "a=b"))
                .isEqualTo("'=1+1,'+2,'-3,'@x,'\tx,\"'\rx\",a=b\r\n");
    }

    @Test
    void whatIsWrittenIsReadAgain() {
        Random random = new Random(5);
        String letters = "ab,\"\n\r ;";
        for (int round = 0; round < 500; round++) {
            List<List<String>> lines = new ArrayList<>();
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < 3; i++) {
                List<String> cells = new ArrayList<>();
                for (int j = 0; j < 3; j++) {
                    StringBuilder cell = new StringBuilder("x");
                    for (int k = random.nextInt(6); k > 0; k--) {
                        cell.append(letters.charAt(random.nextInt(letters.length())));
                    }
                    cells.add(cell.toString());
                }
                lines.add(cells);
                Csv.line(text, cells);
            }
            assertThat(Csv.read(text.toString())).isEqualTo(lines);
        }
    }

    @Test
    void aMarkAtTheBeginningBareEndsOfLinesAndEmptyLinesAreTakenAsTheyCome() {
        assertThat(Csv.read("\uFEFFa,b\n1,\"\"\n\n,\n"))
                .containsExactly(List.of("a", "b"), List.of("1", ""), List.of("", ""));
        assertThat(Csv.read("a,\"\"")).containsExactly(List.of("a", ""));
        assertThat(Csv.read("")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\n\"b\"c", "a\nb\"c", "a\n\"b", "a\n\"b\"\"\n"})
    void aQuoteOutOfPlaceIsSaidWithItsLine(String text) {
        assertThatThrownBy(() -> Csv.read(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("line 2: ");
    }
}
