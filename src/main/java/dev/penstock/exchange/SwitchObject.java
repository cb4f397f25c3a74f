// SPDX-License-Identifier: Apache-2.0
package dev.penstock.exchange;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Something that can be switched on and off: {@code gateway}, or a kind and a name such as {@code model.chat}.
 *
 * @param kind what it is
 * @param name which one; empty for the gateway
 */
public record SwitchObject(Kind kind, String name) {

    /** All traffic. */
    public static final SwitchObject GATEWAY = new SwitchObject(Kind.GATEWAY, "");

    /** All forms, in words, for messages. */
    public static final String FORMS =
            "gateway, tenant.<name>, feature.<name>, model.<name>, provider.<name> or key.<name>";

    private static final int LONGEST_NAME = 200;

    /** What can be switched. */
    public enum Kind {
        GATEWAY,
        TENANT,
        FEATURE,
        MODEL,
        PROVIDER,
        KEY;

        private final String label = name().toLowerCase(Locale.ROOT);

        public String label() {
            return label;
        }
    }

    /** Null for a text that names no object. The name may hold dots itself. */
    public static @Nullable SwitchObject parse(String text) {
        if (text.equals(Kind.GATEWAY.label)) {
            return GATEWAY;
        }
        int dot = text.indexOf('.');
        String name = text.substring(dot + 1);
        if (dot < 0 || !isName(name)) {
            return null;
        }
        for (Kind kind : Kind.values()) {
            if (kind != Kind.GATEWAY && text.substring(0, dot).equals(kind.label)) {
                return new SwitchObject(kind, name);
            }
        }
        return null;
    }

    private static boolean isName(String name) {
        return !name.isEmpty()
                && name.length() <= LONGEST_NAME
                && name.chars().noneMatch(c -> c <= ' ' || Character.isISOControl(c));
    }

    /** As one writes it. */
    @Override
    public String toString() {
        return kind == Kind.GATEWAY ? kind.label : kind.label + "." + name;
    }
}
