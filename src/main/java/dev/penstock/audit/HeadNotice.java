// SPDX-License-Identifier: Apache-2.0
package dev.penstock.audit;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.penstock.exchange.AuditEvent;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A signed head on its way to other nodes, with the key that it can be checked with, and how it stands in their chains. What arrives may
 * come from somebody who is no node at all, so it is read as bytes and judged: one whose signature is not that of its key is none.
 */
record HeadNotice(Head head, PublicKeyText key) {

    /** The kind of a record that holds one. */
    static final String KIND = "audit.head";

    /** Far above what a head with a long name needs. */
    static final int MAX_BYTES = 3072;

    private static final String HEAD = "head";
    private static final String KEY = "public_key";

    /** Of which chain: a key may be shared by mistake, and a name may be. */
    String chain() {
        return key.fingerprint() + " " + head.node();
    }

    byte[] bytes() {
        return Canonical.bytes(members());
    }

    AuditEvent event() {
        Map<String, String> details = new TreeMap<>();
        members().forEach((name, value) -> details.put(name, (String) value));
        return AuditEvent.of(KIND, "", "node " + head.node(), details);
    }

    private SortedMap<String, Object> members() {
        return new TreeMap<>(Map.of(HEAD, new String(head.line(), UTF_8), KEY, key.text()));
    }

    /** Null for what is none. */
    static @Nullable HeadNotice read(byte[] bytes) {
        SortedMap<String, Object> members = bytes.length <= MAX_BYTES ? Canonical.read(bytes) : null;
        return members != null
                        && members.size() == 2
                        && members.get(HEAD) instanceof String head
                        && members.get(KEY) instanceof String key
                ? of(head, key)
                : null;
    }

    /** From a record of {@link #KIND}; null for what is none. */
    static @Nullable HeadNotice read(AuditEvent event) {
        String head = event.details().get(HEAD);
        String key = event.details().get(KEY);
        return head == null || key == null ? null : of(head, key);
    }

    private static @Nullable HeadNotice of(String line, String text) {
        Head head = Head.read(line.getBytes(UTF_8));
        PublicKeyText key = PublicKeyText.parse(text);
        return head != null && key != null && isPlain(head.node()) && head.isSignedBy(key)
                ? new HeadNotice(head, key)
                : null;
    }

    /** It is shown to people. */
    private static boolean isPlain(String node) {
        return node.codePoints().noneMatch(Character::isISOControl);
    }
}
