// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import dev.penstock.config.LedgerConfig.Ack;
import dev.penstock.config.LedgerConfig.Fsync;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** From {@code observability.ledger} in the file to {@link LedgerConfig}. */
final class LedgerSection {

    private static final String BASE = "observability.ledger";
    private static final String FOLDER = "ledger";

    private final LedgerForm form;
    private final StorageConfig storage;
    private final Binder binder;
    private final Map<String, String> env;
    private final Problems problems;

    LedgerSection(LedgerForm form, StorageConfig storage, Binder binder, Map<String, String> env, Problems problems) {
        this.form = form;
        this.storage = storage;
        this.binder = binder;
        this.env = env;
        this.problems = problems;
    }

    /** @param tenants who may not ask for more than this section allows */
    LedgerConfig assemble(List<TenantConfig> tenants) {
        new ContentSection(binder, problems).within(form.content(), tenants);
        Path folder = folder();
        if (form.ack() == Ack.DURABLE) {
            String fsync = BASE + ".fsync";
            if (binder.has(fsync) && form.fsync() != Fsync.ALWAYS) {
                problems.unexpected(
                        binder.keyAt(fsync), fsync, Scalar.label(form.fsync()), "always, because ack is durable");
            }
            if (!form.journal() || folder == null) {
                String ack = BASE + ".ack";
                problems.add(binder.keyAt(ack), ack, "durable needs the journal, and the journal needs storage");
            }
        }
        return new LedgerConfig(
                form.journal(), folder, form.fsync(), form.interval(), form.ack(), form.onFull(), form.content());
    }

    /** Beside the database where that is a file, else in the data folder of the process. */
    private @Nullable Path folder() {
        Path data =
                switch (storage.place()) {
                    case StorageConfig.Place.Nowhere nowhere -> null;
                    case StorageConfig.Place.SqliteFile sqlite -> sqlite.file().getParent();
                    case StorageConfig.Place.Postgres postgres -> HomeFolder.data(env);
                };
        return data == null ? null : data.resolve(FOLDER).toAbsolutePath().normalize();
    }

    /** As {@code config show} tells it. */
    static Map<String, Object> lines(LedgerConfig ledger) {
        Map<String, Object> lines = new LinkedHashMap<>();
        lines.put(BASE + ".journal", ledger.journal());
        lines.put(BASE + ".fsync", ledger.fsync());
        lines.put(BASE + ".interval", ledger.interval());
        lines.put(BASE + ".ack", ledger.ack());
        lines.put(BASE + ".on_full", ledger.onFull());
        lines.put(BASE + ".content", ledger.content());
        return lines;
    }
}
