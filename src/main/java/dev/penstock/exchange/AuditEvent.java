// SPDX-License-Identifier: Apache-2.0
package dev.penstock.exchange;

import java.util.Map;

/**
 * Something that those who answer for the installation must be able to look up later. No secret, and nothing of what models are asked
 * or say: of content at most a hash.
 *
 * @param kind what sort of event, two words in small letters with a dot, such as {@code key.change}
 * @param actor who, such as {@code admin-token} or {@code key web-1}; empty where nobody is known
 * @param what the object, such as {@code key acme-web}
 * @param before as it was, for people; empty where there was nothing
 * @param after as it is now; empty where nothing is left
 * @param details more, by name
 */
public record AuditEvent(
        String kind, String actor, String what, String before, String after, Map<String, String> details) {

    public static final String NODE_START = "node.start";
    public static final String NODE_STOP = "node.stop";
    public static final String CONFIG_APPLIED = "config.applied";
    public static final String CONFIG_REFUSED = "config.refused";
    public static final String KEY_CHANGE = "key.change";
    public static final String SWITCH_CHANGE = "switch.change";
    /** Any other change at run time. */
    public static final String ADMIN_CHANGE = "admin.change";
    /** Somebody is about to change something. */
    public static final String ADMIN_REQUEST = "admin.request";
    /** What came of it. */
    public static final String ADMIN_OUTCOME = "admin.outcome";
    /** Somebody looked at something that not everybody may see. */
    public static final String ADMIN_READ = "admin.read";
    /** Somebody was not let in. */
    public static final String AUTH_REFUSED = "auth.refused";
    /** So many more were not let in than stand here one by one. */
    public static final String AUTH_MORE = "auth.more";

    public AuditEvent {
        details = Map.copyOf(details);
    }

    /** Without a state before and after. */
    public static AuditEvent of(String kind, String actor, String what, Map<String, String> details) {
        return new AuditEvent(kind, actor, what, "", "", details);
    }
}
