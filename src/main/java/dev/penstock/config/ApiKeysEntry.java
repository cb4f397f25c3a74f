// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What an entry of a provider says about several keys. Their names are printed everywhere, so a secret must not become one. */
final class ApiKeysEntry {

    static final int LONGEST_NAME = 64;

    private final String path;
    private final FileForm.Provider form;
    private final Binder binder;
    private final Problems problems;

    ApiKeysEntry(String provider, FileForm.Provider form, Binder binder, Problems problems) {
        this.path = provider + ".api_keys";
        this.form = form;
        this.binder = binder;
        this.problems = problems;
    }

    /** The keys in the order of the file; none where the entry names one key or none. */
    List<ProviderConfig.ApiKey> keys() {
        Map<String, FileForm.ApiKey> named = form.apiKeys();
        if (named == null) {
            return List.of();
        }
        refuseOther();
        if (binder.isNothing(path)) {
            problems.unexpected(binder.at(path), path, "no key", "a map of names to keys, or the key absent");
        }
        List<ProviderConfig.ApiKey> keys = new ArrayList<>();
        Map<Secret, String> first = new HashMap<>();
        named.forEach((name, entry) -> {
            Secret secret = entry.key();
            if (!isName(name)) {
                // Without the name: it may be the secret itself, on the wrong side of the colon.
                problems.unexpected(
                        binder.keyAt(Paths.child(path, name)),
                        path,
                        "a name that may be a secret or that cannot be shown",
                        "up to " + LONGEST_NAME + " of letters, digits, dot, dash and _");
            } else if (secret != null) {
                String twin = first.putIfAbsent(secret, name);
                if (twin != null) {
                    String own = Paths.child(path, name);
                    problems.unexpected(binder.at(own), own, "the same secret as " + twin, "each key once");
                }
                keys.add(new ProviderConfig.ApiKey(name, secret, entry.weight()));
            }
        });
        return keys;
    }

    private void refuseOther() {
        String one = path.substring(0, path.length() - 1);
        if (binder.has(one)) {
            problems.unexpected(binder.keyAt(path), path, "keys beside api_key", "one of the two");
        }
    }

    static boolean isName(String name) {
        return !name.isEmpty()
                && name.length() <= LONGEST_NAME
                && !Binder.looksLikeKey(name)
                && name.chars().allMatch(c -> c < 128 && (Character.isLetterOrDigit(c) || "._-".indexOf(c) >= 0));
    }
}
