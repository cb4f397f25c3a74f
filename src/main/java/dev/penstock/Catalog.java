// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.config.Snapshot;
import dev.penstock.ingress.ModelCatalog;
import dev.penstock.routing.RouteTable;
import dev.penstock.schema.openai.ChatWriter;
import dev.penstock.schema.openai.ModelEntry;
import io.vertx.core.buffer.Buffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The list of models as bytes, prepared once per snapshot and handed out as copies of the reader's position. */
final class Catalog implements ModelCatalog {

    private record Prepared(RouteTable routes, Buffer all, Map<String, Buffer> byName) {}

    private volatile Prepared prepared;

    Catalog(Snapshot snapshot) {
        prepared = prepare(snapshot);
    }

    void use(Snapshot snapshot) {
        prepared = prepare(snapshot);
    }

    /** Names that can be called, in the order of the configuration. */
    List<String> names() {
        return prepared.routes().names().stream().map(RouteTable.ModelName::id).toList();
    }

    @Override
    public Buffer all() {
        return prepared.all().copy();
    }

    @Override
    public @Nullable Buffer byName(String name) {
        Buffer known = prepared.byName().get(name);
        return known == null ? null : known.copy();
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
        Map<String, Buffer> byName = new HashMap<>();
        entries.forEach(entry -> byName.put(entry.id(), ChatWriter.model(entry)));
        return new Prepared(routes, ChatWriter.models(entries), byName);
    }
}
