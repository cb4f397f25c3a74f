// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * From {@code tenants} in the file to {@link TenantConfig}. A key belongs to one tenant: the same secret or the same id at two places is
 * an error. Names are printed everywhere, so a secret must not become one.
 */
final class TenantSection {

    private static final String NAME = "up to " + ApiKeysEntry.LONGEST_NAME + " of letters, digits, dot, dash and _";

    private final Map<String, FileForm.Tenant> form;
    private final Binder binder;
    private final Problems problems;
    /** Where a secret or an id was seen first; for messages. */
    private final Map<Secret, String> secrets = new HashMap<>();

    private final Map<String, String> ids = new HashMap<>();

    /**
     * Reads nothing yet.
     *
     * @param apiKey the key of those who belong to no tenant, or null
     */
    TenantSection(Map<String, FileForm.Tenant> form, @Nullable Secret apiKey, Binder binder, Problems problems) {
        this.form = form;
        this.binder = binder;
        this.problems = problems;
        if (apiKey != null) {
            secrets.put(apiKey, "server.api_key");
        }
    }

    List<TenantConfig> assemble() {
        List<TenantConfig> tenants = new ArrayList<>();
        form.forEach((name, tenant) -> {
            String path = Paths.child("tenants", name);
            if (isNamed(name, "tenants", binder.keyAt(path))) {
                String region = tenant.region();
                String at = path + ".region";
                boolean known = region == null || isNamed(region, at, binder.at(at));
                tenants.add(new TenantConfig(name, region == null || !known ? "" : region, keys(path, tenant)));
            }
        });
        return tenants;
    }

    private List<TenantConfig.Key> keys(String tenant, FileForm.Tenant form) {
        List<TenantConfig.Key> keys = new ArrayList<>();
        List<FileForm.@Nullable TenantKey> written = form.keys();
        for (int i = 0; i < written.size(); i++) {
            FileForm.TenantKey key = written.get(i);
            String path = tenant + ".keys[" + i + "]";
            if (key != null && key.id() != null && key.secret() != null && isNew(path, key.id(), key.secret())) {
                keys.add(new TenantConfig.Key(key.id(), key.secret()));
            }
        }
        return keys;
    }

    private boolean isNew(String path, String id, Secret secret) {
        String at = path + ".id";
        if (!isNamed(id, at, binder.at(at))) {
            return false;
        }
        String twin = ids.putIfAbsent(id, at);
        if (twin != null) {
            problems.unexpected(binder.at(at), at, "the same id as " + twin, "an id of its own");
        }
        String secretAt = path + ".secret";
        String other = secrets.putIfAbsent(secret, secretAt);
        if (other != null) {
            problems.unexpected(binder.at(secretAt), secretAt, "the same secret as " + other, "each key once");
        }
        return twin == null && other == null;
    }

    /** Without the name in the message: it may be a secret on the wrong side of a colon. */
    private boolean isNamed(String name, String path, Source place) {
        if (ApiKeysEntry.isName(name)) {
            return true;
        }
        problems.unexpected(place, path, "a name that may be a secret or that cannot be shown", NAME);
        return false;
    }
}
