// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is remembered by a whole text, so that finding it takes no digest: for the few that come all the time. Holds so many characters
 * together; what was used longest ago goes first. Belongs to one event loop.
 *
 * <p>Only what was found right by other means may be put here. So nobody can fill it with texts of his choice, and the weak hash of a text is
 * harmless: one that is equal by hash alone costs a comparison. All of the text is compared.
 */
final class AtHand<V> {

    private final int mostCharacters;
    private final int longest;
    private final Map<String, V> entries = new LinkedHashMap<>(64, 0.75f, true);
    private int characters;

    /**
     * @param mostCharacters of all texts together
     * @param longest text that is taken, in characters
     */
    AtHand(int mostCharacters, int longest) {
        this.mostCharacters = mostCharacters;
        this.longest = longest;
    }

    @Nullable
    V get(String text) {
        return entries.get(text);
    }

    void put(String text, V value) {
        if (text.length() > longest) {
            return;
        }
        if (entries.put(text, value) == null) {
            characters += text.length();
        }
        Iterator<String> oldest = entries.keySet().iterator();
        while (characters > mostCharacters) {
            characters -= oldest.next().length();
            oldest.remove();
        }
    }

    void remove(String text) {
        if (entries.remove(text) != null) {
            characters -= text.length();
        }
    }

    int size() {
        return entries.size();
    }
}
