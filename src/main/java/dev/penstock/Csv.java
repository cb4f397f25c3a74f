// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import java.util.ArrayList;
import java.util.List;

/**
 * Comma-separated values as RFC 4180 has them. What is written can be opened in a spreadsheet: a cell that would be taken for a formula
 * gets an apostrophe before it (OWASP, "CSV Injection"). What is read must keep to the form.
 */
final class Csv {

    private static final String FORMULAS = "=+-@\t\r";

    private Csv() {}

    /** Adds one line with its end. */
    static void line(StringBuilder out, List<String> cells) {
        for (int i = 0; i < cells.size(); i++) {
            out.append(i == 0 ? "" : ",").append(cell(cells.get(i)));
        }
        out.append("\r\n");
    }

    private static String cell(String text) {
        String harmless = !text.isEmpty() && FORMULAS.indexOf(text.charAt(0)) >= 0 ? "'" + text : text;
        boolean plain = harmless.chars().noneMatch(c -> c == ',' || c == '"' || c == '\r' || c == '\n');
        return plain ? harmless : '"' + harmless.replace("\"", "\"\"") + '"';
    }

    /**
     * The lines of a text, each with its cells. A byte order mark at its beginning, ends of lines without CR and empty lines at the end are
     * taken as they come.
     *
     * @throws IllegalArgumentException with the number of the line where a quote is out of place
     */
    static List<List<String>> read(String text) {
        List<List<String>> lines = new ArrayList<>();
        List<String> cells = new ArrayList<>();
        StringBuilder cell = new StringBuilder();
        int at = text.startsWith("\uFEFF") ? 1 : 0;
        int line = 1;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '"' && cell.isEmpty()) {
                int end = quoted(text, at, line, cell);
                line += (int) text.substring(at, end)
                        .chars()
                        .filter(each -> each == '\n')
                        .count();
                at = end;
                if (at < text.length() && ",\r\n".indexOf(text.charAt(at)) < 0) {
                    throw new IllegalArgumentException("line " + line + ": text after a closing quote");
                }
                if (cell.isEmpty() && at == text.length()) {
                    break;
                }
            } else if (c == '"') {
                throw new IllegalArgumentException("line " + line + ": a quote inside a cell without quotes");
            } else if (c == ',') {
                cells.add(cell.toString());
                cell.setLength(0);
                at++;
            } else if (c == '\n' || c == '\r') {
                at += c == '\r' && text.startsWith("\n", at + 1) ? 2 : 1;
                line++;
                end(lines, cells, cell);
                cells = new ArrayList<>();
            } else {
                cell.append(c);
                at++;
            }
        }
        if (!cells.isEmpty() || !cell.isEmpty()) {
            end(lines, cells, cell);
        }
        return lines;
    }

    private static void end(List<List<String>> lines, List<String> cells, StringBuilder cell) {
        cells.add(cell.toString());
        cell.setLength(0);
        if (cells.size() > 1 || !cells.getFirst().isEmpty()) {
            lines.add(cells);
        }
    }

    /** Where the quoted cell ends that begins here. */
    private static int quoted(String text, int from, int line, StringBuilder cell) {
        int at = from + 1;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c != '"') {
                cell.append(c);
                at++;
            } else if (text.startsWith("\"", at + 1)) {
                cell.append('"');
                at += 2;
            } else {
                return at + 1;
            }
        }
        throw new IllegalArgumentException("line " + line + ": a quote that is never closed");
    }
}
