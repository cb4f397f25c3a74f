// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What came of reading the configuration: all of it, or none of it and every reason. */
public sealed interface LoadResult {

    /**
     * A configuration that is right in every part.
     *
     * @param snapshot the values
     * @param settings each effective value with its origin, in the order of the file's sections
     * @param notices what a person should know although nothing is wrong, one line each
     */
    record Loaded(Snapshot snapshot, List<Setting> settings, List<String> notices) implements LoadResult {
        public Loaded {
            settings = List.copyOf(settings);
            notices = List.copyOf(notices);
        }

        /** Where the value at this path came from. */
        public String originOf(String path) {
            Setting setting = setting(path);
            return setting == null ? "default" : setting.origin();
        }

        /** A key that callers may send: that of the gateway, else a tenant's, one without conditions first; null where the file has none. */
        public @Nullable Setting callerKey() {
            if (snapshot.server().apiKey() != null) {
                return setting("server.api_key");
            }
            String found = null;
            for (TenantConfig tenant : snapshot.server().tenants()) {
                for (int i = 0; i < tenant.keys().size(); i++) {
                    String path = Paths.child("tenants", tenant.name()) + ".keys[" + i + "].secret";
                    if (tenant.keys().get(i).isUnconditional()) {
                        return setting(path);
                    }
                    found = found == null ? path : found;
                }
            }
            return found == null ? null : setting(found);
        }

        private @Nullable Setting setting(String path) {
            return settings.stream()
                    .filter(s -> s.path().equals(path))
                    .findFirst()
                    .orElse(null);
        }
    }

    /** At least one problem. Nothing of this configuration may be used. */
    record Invalid(List<Problem> problems) implements LoadResult {
        public Invalid {
            problems = List.copyOf(problems);
        }
    }
}
