// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import dev.penstock.config.LedgerConfig.Content;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** From {@code tenants.<name>.content} in the file to {@link ContentConfig}, and back to lines. */
final class ContentSection {

    private static final String CEILING = "observability.ledger.content";

    private final Binder binder;
    private final Problems problems;

    ContentSection(Binder binder, Problems problems) {
        this.binder = binder;
        this.problems = problems;
    }

    /** @param tenant path of the tenant */
    ContentConfig assemble(String tenant, @Nullable ContentForm form) {
        String path = tenant + ".content";
        Content record = form == null ? null : form.record();
        if (form == null || record == null) {
            return ContentConfig.NONE;
        }
        if (record != Content.SAMPLED && binder.has(path + ".share")) {
            problems.add(binder.keyAt(path + ".share"), path + ".share", "is used with record: sampled only");
        }
        double share = record == Content.SAMPLED ? form.share().value() : record == Content.FULL ? 1 : 0;
        return new ContentConfig(
                record,
                share,
                kinds(path + ".redact", form.redact()),
                form.keep().span(),
                (int) form.max().bytes());
    }

    private Set<ContentConfig.Kind> kinds(String path, List<ContentConfig.@Nullable Kind> written) {
        return binder.has(path)
                ? written.stream().filter(Objects::nonNull).collect(Collectors.toSet())
                : Set.of(ContentConfig.Kind.values());
    }

    /** Refuses tenants that want more than the installation allows. */
    void within(Content most, List<TenantConfig> tenants) {
        for (TenantConfig tenant : tenants) {
            if (tenant.content().record().compareTo(most) > 0) {
                String path = Paths.child("tenants", tenant.name()) + ".content";
                problems.unexpected(
                        binder.at(path),
                        path,
                        Scalar.label(tenant.content().record()),
                        Arrays.stream(Content.values())
                                        .filter(less -> less.compareTo(most) <= 0)
                                        .map(Scalar::label)
                                        .collect(Collectors.joining(" or "))
                                + ", because " + CEILING + " is " + Scalar.label(most));
            }
        }
    }

    /** As {@code config show} tells it; nothing where nothing is recorded. */
    static Map<String, Object> lines(String tenant, ContentConfig content) {
        Map<String, Object> lines = new LinkedHashMap<>();
        if (content.isNone()) {
            return lines;
        }
        String path = tenant + ".content";
        lines.put(path + ".record", content.record());
        if (content.record() == Content.SAMPLED) {
            lines.put(path + ".share", Share.of(content.share()));
        }
        EnumSet<ContentConfig.Kind> kinds = EnumSet.noneOf(ContentConfig.Kind.class);
        kinds.addAll(content.redact());
        lines.put(path + ".redact", kinds.stream().map(Scalar::label).toList());
        lines.put(path + ".keep", new Age(content.keep()));
        lines.put(path + ".max", new ByteSize(content.maxBytes()));
        return lines;
    }
}
