// SPDX-License-Identifier: Apache-2.0
package dev.penstock.exchange;

import java.util.EnumSet;
import java.util.Set;

/** What a caller may do, as roles name it under {@code may}. */
public enum Right {
    /** Call models that answer with text: chat, completions, responses, messages. */
    CHAT("chat"),
    /** Call models that answer with vectors. */
    EMBEDDINGS("embeddings"),
    /** See which models there are. */
    MODELS("models"),
    /** See what the own tenant has used. */
    USAGE("usage"),
    /** Say for which person a call is made ({@code x-penstock-user}). */
    USERS("users"),
    /** Look at what the admin API shows. */
    ADMIN_READ("admin.read"),
    /** Change what the admin API changes. */
    ADMIN_WRITE("admin.write"),
    /** Look at the audit: {@code admin.*} does not include it. */
    AUDIT_READ("audit.read"),
    /** Read what was said in calls of tenants that have it recorded: {@code admin.*} does not include it. */
    CONTENT_READ("content.read");

    /** Of a key without a role. */
    public static final Set<Right> OF_A_KEY = Set.of(CHAT, EMBEDDINGS, MODELS, USAGE);

    private final String label;

    Right(String label) {
        this.label = label;
    }

    /** As roles and error messages write it. */
    public String label() {
        return label;
    }

    /** The rights that a word of {@code may} means: one by its label, {@code admin.*} or {@code *}; empty for no such word. */
    public static Set<Right> named(String word) {
        EnumSet<Right> meant = EnumSet.noneOf(Right.class);
        String begin = word.endsWith("*") ? word.substring(0, word.length() - 1) : null;
        for (Right right : values()) {
            boolean whole = begin != null && (begin.isEmpty() || begin.endsWith(".")) && right.label.startsWith(begin);
            if (whole || right.label.equals(word)) {
                meant.add(right);
            }
        }
        return meant;
    }
}
