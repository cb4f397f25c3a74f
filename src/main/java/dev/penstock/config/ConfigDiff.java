// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a reload changes. Paths only, never values: the answer goes to logs and to the admin API.
 *
 * @param changed keys whose effective value differs, and entries that are new or gone
 * @param restart those of them that the running listeners cannot take over; they hold after a restart
 */
public record ConfigDiff(List<String> changed, List<String> restart) {

    /** Fixed when a listener opens or when the event loops start; so is all of the cluster, the storage, the ledger and the audit. */
    private static final Set<String> NEED_RESTART = Set.of(
            "server.port",
            "server.host",
            "server.admin",
            "server.tls.cert",
            "server.tls.key",
            "server.max_headers",
            "server.head_timeout",
            "server.loops",
            "limits.store");

    public ConfigDiff {
        changed = List.copyOf(changed);
        restart = List.copyOf(restart);
    }

    public static ConfigDiff between(Snapshot old, Snapshot now) {
        Map<String, Effective.Value> before = Effective.of(old);
        Map<String, Effective.Value> after = Effective.of(now);
        Set<String> whole = new TreeSet<>();
        whole("tenants", tenants(old), tenants(now), whole);
        whole("providers", old.providers().keySet(), now.providers().keySet(), whole);
        whole("models", old.models().keySet(), now.models().keySet(), whole);
        whole("static", old.statics().keySet(), now.statics().keySet(), whole);
        whole(
                "roles",
                old.access().roles().roles().keySet(),
                now.access().roles().roles().keySet(),
                whole);
        whole("rules", old.rules().keySet(), now.rules().keySet(), whole);
        whole("switches", switches(old), switches(now), whole);
        Set<String> changed = new TreeSet<>(whole);
        Stream.concat(before.keySet().stream(), after.keySet().stream())
                .filter(path -> !identity(before, path).equals(identity(after, path)))
                .filter(path -> whole.stream().noneMatch(entry -> path.startsWith(entry + ".")))
                .forEach(changed::add);
        return new ConfigDiff(
                List.copyOf(changed),
                changed.stream().filter(ConfigDiff::needsRestart).toList());
    }

    private static boolean needsRestart(String path) {
        return NEED_RESTART.contains(path)
                || path.startsWith("cluster.")
                || path.startsWith("storage.")
                || path.startsWith("observability.");
    }

    /** An entry that is new or gone is one change, not one per key. */
    private static void whole(String section, Set<String> old, Set<String> now, Set<String> into) {
        Stream.concat(old.stream(), now.stream())
                .filter(name -> !old.contains(name) || !now.contains(name))
                .forEach(name -> into.add(Paths.child(section, name)));
    }

    private static Set<String> tenants(Snapshot snapshot) {
        return snapshot.server().tenants().stream().map(TenantConfig::name).collect(Collectors.toSet());
    }

    private static Set<String> switches(Snapshot snapshot) {
        return snapshot.access().switches().rules().keySet().stream()
                .map(Object::toString)
                .collect(Collectors.toSet());
    }

    private static String identity(Map<String, Effective.Value> lines, String path) {
        Effective.Value value = lines.get(path);
        return value == null ? "" : "=" + value.identity();
    }

    public boolean isEmpty() {
        return changed.isEmpty();
    }
}
