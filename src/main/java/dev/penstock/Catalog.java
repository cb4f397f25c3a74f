// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.config.Snapshot;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.ingress.ModelCatalog;
import dev.penstock.routing.RouteTable;
import dev.penstock.schema.anthropic.ModelsWriter;
import dev.penstock.schema.openai.ChatWriter;
import dev.penstock.schema.openai.ModelEntry;
import io.vertx.core.buffer.Buffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The list of models as bytes, prepared once per snapshot and handed out as copies of the reader's position. */
final class Catalog implements ModelCatalog {

    private record Prepared(RouteTable routes, List<ModelEntry> entries, Form openAi, Form anthropic) {}

    private record Form(Buffer all, Map<String, Buffer> byName) {}

    private volatile Prepared prepared;

    Catalog(Snapshot snapshot) {
        prepared = prepare(snapshot);
    }

    void use(Snapshot snapshot) {
        prepared = prepare(snapshot);
    }

    @Override
    public List<String> names() {
        return prepared.routes().names().stream().map(RouteTable.ModelName::id).toList();
    }

    @Override
    public Buffer all(ApiSchema schema, Predicate<String> allowed) {
        if (allowed == EVERY) {
            return form(schema).all().copy();
        }
        return ChatWriter.models(prepared.entries().stream()
                .filter(entry -> allowed.test(entry.id()))
                .toList());
    }

    @Override
    public @Nullable Buffer byName(ApiSchema schema, String name) {
        Buffer known = form(schema).byName().get(name);
        return known == null ? null : known.copy();
    }

    @Override
    public Buffer page(@Nullable String after, @Nullable String before, int limit, Predicate<String> allowed) {
        List<String> ids = names().stream().filter(allowed).toList();
        // A name that is gone leads nowhere: an empty page ends a pager, the first one would start it again.
        int known = after == null ? -1 : ids.indexOf(after);
        int from = after == null ? 0 : known < 0 ? ids.size() : known + 1;
        int to = before == null ? ids.size() : Math.max(from, ids.indexOf(before));
        List<String> asked = ids.subList(from, to);
        boolean more = asked.size() > limit;
        int skipped = before == null || !more ? 0 : asked.size() - limit;
        return ModelsWriter.page(asked.subList(skipped, Math.min(asked.size(), skipped + limit)), more);
    }

    private Form form(ApiSchema schema) {
        return schema == ApiSchema.ANTHROPIC_MESSAGES ? prepared.anthropic() : prepared.openAi();
    }

    @Override
    public @Nullable String nearest(String name) {
        return prepared.routes().nearest(name);
    }

    private static Prepared prepare(Snapshot snapshot) {
        RouteTable routes = new RouteTable(snapshot);
        List<ModelEntry> entries = routes.names().stream()
                .map(name -> new ModelEntry(name.id(), name.ownedBy()))
                .toList();
        List<String> ids = entries.stream().map(ModelEntry::id).toList();
        Map<String, Buffer> openAi = new HashMap<>();
        entries.forEach(entry -> openAi.put(entry.id(), ChatWriter.model(entry)));
        Map<String, Buffer> anthropic = new HashMap<>();
        ids.forEach(id -> anthropic.put(id, ModelsWriter.one(id)));
        return new Prepared(
                routes,
                entries,
                new Form(ChatWriter.models(entries), openAi),
                new Form(ModelsWriter.page(ids, false), anthropic));
    }
}
