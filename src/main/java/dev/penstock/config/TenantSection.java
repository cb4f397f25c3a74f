// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
    private final Map<String, String> publicIds = new HashMap<>();

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
            String publicId = PublicId.of(apiKey.reveal());
            if (publicId != null) {
                publicIds.put(publicId, "server.api_key");
            }
        }
    }

    List<TenantConfig> assemble() {
        List<TenantConfig> tenants = new ArrayList<>();
        form.forEach((name, tenant) -> {
            String path = Paths.child("tenants", name);
            if (name.equals(LimitRule.EACH)) {
                each(path, tenant);
            } else if (isNamed(name, "tenants", binder.keyAt(path))) {
                String region = tenant.region();
                String at = path + ".region";
                boolean known = region == null || isNamed(region, at, binder.at(at));
                ContentConfig content = new ContentSection(binder, problems).assemble(path, tenant.content());
                tenants.add(
                        new TenantConfig(name, region == null || !known ? "" : region, keys(path, tenant), content));
            }
        });
        return tenants;
    }

    /** The entry {@code "*"} is no customer: it says how much each of them may ask for. */
    private void each(String path, FileForm.Tenant tenant) {
        List.of("region", "keys", "content").forEach(key -> {
            String at = path + "." + key;
            if (binder.has(at)) {
                problems.add(binder.keyAt(at), at, "is not used; \"*\" holds only limits and budget");
            }
        });
        if (tenant.limits() == null && tenant.budget() == null && !problems.isKnown(path)) {
            problems.unexpected(binder.keyAt(path), path, "says nothing", "limits or budget of each tenant");
        }
    }

    private List<TenantConfig.Key> keys(String tenant, FileForm.Tenant form) {
        List<TenantConfig.Key> keys = new ArrayList<>();
        List<AccessForms.@Nullable TenantKey> written = form.keys();
        for (int i = 0; i < written.size(); i++) {
            AccessForms.TenantKey key = written.get(i);
            String path = tenant + ".keys[" + i + "]";
            if (key != null && key.id() != null && key.secret() != null && isNew(path, key.id(), key.secret())) {
                keys.add(new TenantConfig.Key(
                        key.id(),
                        key.secret(),
                        key.role() == null ? "" : key.role(),
                        key.expires() == null ? null : key.expires().at(),
                        said(key.models()),
                        said(key.features()),
                        said(key.ips())));
            }
        }
        return keys;
    }

    private static <T> List<T> said(List<@Nullable T> written) {
        return written.stream().filter(Objects::nonNull).toList();
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
        String publicId = PublicId.of(secret.reveal());
        String same = publicId == null || other != null ? null : publicIds.putIfAbsent(publicId, secretAt);
        if (same != null) {
            problems.unexpected(
                    binder.at(secretAt), secretAt, "a key with the same public id as " + same, "an id of its own");
        }
        return twin == null && other == null && same == null;
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
