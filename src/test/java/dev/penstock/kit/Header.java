// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit;

import java.util.List;
import java.util.Optional;

/** One header field as it stood on the wire, name and order unchanged. */
public record Header(String name, String value) {

    /** The value of the first field of that name, whatever its case. */
    public static Optional<String> first(List<Header> headers, String name) {
        return headers.stream()
                .filter(h -> h.name.equalsIgnoreCase(name))
                .map(Header::value)
                .findFirst();
    }
}
