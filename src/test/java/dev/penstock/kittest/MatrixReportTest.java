// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kittest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.kit.MatrixReport;
import dev.penstock.kit.MatrixReport.Row;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MatrixReportTest {

    @Test
    void sortsByFaultAndSurfaceWhateverTheOrderOfTheRuns() {
        MatrixReport report = new MatrixReport();
        report.add(new Row(2, "later", "stream", "c", "s", "m", "u"));
        report.add(new Row(1, "first", "unary", "c", "s", "m", "u"));
        report.add(new Row(1, "first", "stream", "a | b", "s", "m", "u"));

        assertThat(report.toMarkdown("T", "Intro.\n").lines())
                .containsExactly(
                        "# T",
                        "",
                        "Intro.",
                        "",
                        "| fault | surface | the client sees | settlement | metric | the provider sees |",
                        "|---|---|---|---|---|---|",
                        "| first | stream | a \\| b | s | m | u |",
                        "| first | unary | c | s | m | u |",
                        "| later | stream | c | s | m | u |");
    }

    @Test
    void namesTheFirstLineThatDiffers(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("page.md");
        Files.writeString(file, "one\ntwo\nthree\n");

        assertThatThrownBy(() -> MatrixReport.check(file, "one\n2\nthree\n"))
                .hasMessageContaining("line 2")
                .hasMessageContaining("committed: two")
                .hasMessageContaining("generated: 2");
        assertThatCode(() -> MatrixReport.check(file, "one\ntwo\nthree\n")).doesNotThrowAnyException();
        assertThatThrownBy(() -> MatrixReport.check(folder.resolve("absent.md"), "x\n"))
                .hasMessageContaining("(end)");
    }
}
