// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The head of a message: start line and fields, taken apart without judging them. */
record MessageHead(String startLine, List<Header> headers) {

    /** The offset after the empty line, or -1. */
    static int endOfHead(byte[] bytes, int from, int to) {
        for (int i = from; i + 3 < to; i++) {
            if (bytes[i] == '\r' && bytes[i + 1] == '\n' && bytes[i + 2] == '\r' && bytes[i + 3] == '\n') {
                return i + 4;
            }
        }
        return -1;
    }

    static MessageHead parse(byte[] bytes, int end) {
        String[] lines = new String(bytes, 0, end - 4, StandardCharsets.ISO_8859_1).split("\r\n", -1);
        List<Header> headers = new ArrayList<>();
        for (int i = 1; i < lines.length; i++) {
            int colon = lines[i].indexOf(':');
            String name = colon < 0 ? lines[i] : lines[i].substring(0, colon);
            String value = colon < 0 ? "" : lines[i].substring(colon + 1).strip();
            headers.add(new Header(name, value));
        }
        return new MessageHead(lines[0], List.copyOf(headers));
    }
}
