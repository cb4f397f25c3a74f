// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The fault matrix as a page of the documentation, written by the suite that proves it. The committed page must be what the
 * suite writes; {@code -Dpenstock.update=true} writes it anew. Cells hold what is the same in every run: no times, no ports.
 */
public final class MatrixReport {

    /**
     * One cell of the matrix.
     *
     * @param order place of the fault in the table
     * @param fault what happens
     * @param surface to which request: {@code stream}, {@code unary}, {@code HTTP/2 stream}
     * @param clientSees status, end of the stream, error type
     * @param settlement outcome and error kind of the exchange record
     * @param metric the counter or timer that moved
     * @param upstream what the provider saw of the end
     */
    public record Row(
            int order,
            String fault,
            String surface,
            String clientSees,
            String settlement,
            String metric,
            String upstream) {}

    private static final Comparator<Row> AS_IN_THE_TABLE =
            Comparator.comparingInt(Row::order).thenComparing(Row::surface);

    private final List<Row> rows = new ArrayList<>();

    public synchronized void add(Row row) {
        rows.add(row);
    }

    /** The page: a title, an introduction, and one line for each cell. */
    public synchronized String toMarkdown(String title, String introduction) {
        StringBuilder page =
                new StringBuilder("# ").append(title).append("\n\n").append(introduction.strip());
        page.append("\n\n| fault | surface | the client sees | settlement | metric | the provider sees |\n");
        page.append("|---|---|---|---|---|---|\n");
        rows.stream().sorted(AS_IN_THE_TABLE).forEach(row -> page.append("| ")
                .append(String.join(
                        " | ",
                        cell(row.fault),
                        cell(row.surface),
                        cell(row.clientSees),
                        cell(row.settlement),
                        cell(row.metric),
                        cell(row.upstream)))
                .append(" |\n"));
        return page.toString();
    }

    /** Fails when the file is not this page, naming the first line that differs; or writes it, when told to. */
    public static void check(Path file, String page) {
        try {
            if (Boolean.getBoolean("penstock.update")) {
                Files.createDirectories(file.getParent());
                Files.writeString(file, page);
                return;
            }
            compare(file, Files.exists(file) ? Files.readString(file) : "", page);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void compare(Path file, String committed, String generated) {
        if (committed.equals(generated)) {
            return;
        }
        List<String> old = committed.lines().toList();
        List<String> fresh = generated.lines().toList();
        int line = 0;
        while (line < old.size() && line < fresh.size() && old.get(line).equals(fresh.get(line))) {
            line++;
        }
        throw new AssertionError(
                file.getFileName() + " is not what the suite found (update it with -Dpenstock.update=true)."
                        + "\nline " + (line + 1)
                        + "\n  committed: " + (line < old.size() ? old.get(line) : "(end)")
                        + "\n  generated: " + (line < fresh.size() ? fresh.get(line) : "(end)"));
    }

    private static String cell(String text) {
        return text.replace("|", "\\|").replace("\n", " ").strip();
    }
}
