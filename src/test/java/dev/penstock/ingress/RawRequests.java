// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** The corpus {@code http1-requests.txt}: raw requests with the statuses that must come of them. */
final class RawRequests {

    /**
     * @param expected statuses in order; {@code 1+400} is a 400 for a request that the handler has seen, {@code ?+400} one for
     *     a request that it may have seen: when a pipelined request breaks in its body, the refusal races with its turn
     */
    record Row(String name, List<String> expected, byte[] bytes) {

        List<Integer> statuses() {
            return expected.stream()
                    .map(e -> Integer.parseInt(e.substring(e.indexOf('+') + 1)))
                    .toList();
        }

        /** How many requests the handler must see. */
        int handledAtLeast() {
            return (int) expected.stream()
                    .filter(e -> e.equals("200") || e.startsWith("1+"))
                    .count();
        }

        /** How many requests the handler may see. */
        int handledAtMost() {
            return handledAtLeast()
                    + (int) expected.stream().filter(e -> e.startsWith("?+")).count();
        }

        boolean refused() {
            return !expected.get(expected.size() - 1).equals("200");
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private RawRequests() {}

    static Stream<Row> all() {
        try (InputStream in = RawRequests.class.getResourceAsStream("http1-requests.txt")) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            List<Row> rows = new ArrayList<>();
            for (String line : text.split("\n")) {
                if (!line.isBlank() && !line.startsWith("#")) {
                    String[] parts = line.split(" \\| ", 3);
                    rows.add(new Row(parts[0], Arrays.asList(parts[1].split(" ")), bytes(parts[2])));
                }
            }
            return rows.stream();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    static byte[] bytes(String escaped) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int i = 0; i < escaped.length(); i++) {
            char c = escaped.charAt(i);
            int close = c == '{' ? escaped.indexOf('}', i) : -1;
            int star = close < 0 ? -1 : escaped.lastIndexOf('*', close);
            if (star > i) {
                byte[] unit = bytes(escaped.substring(i + 1, star));
                for (int n = Integer.parseInt(escaped.substring(star + 1, close)); n > 0; n--) {
                    out.writeBytes(unit);
                }
                i = close;
            } else if (c == '\\') {
                i++;
                switch (escaped.charAt(i)) {
                    case 'r' -> out.write('\r');
                    case 'n' -> out.write('\n');
                    case 't' -> out.write('\t');
                    case '0' -> out.write(0);
                    case '\\' -> out.write('\\');
                    case 'x' -> {
                        out.write(Integer.parseInt(escaped.substring(i + 1, i + 3), 16));
                        i += 2;
                    }
                    default -> throw new IllegalArgumentException(escaped);
                }
            } else {
                out.write(c);
            }
        }
        return out.toByteArray();
    }
}
