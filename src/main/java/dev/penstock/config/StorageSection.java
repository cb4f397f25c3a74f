// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import dev.penstock.config.StorageConfig.Place;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/** From {@code storage} in the file to {@link StorageConfig}. */
final class StorageSection {

    private static final String URL = "storage.url";
    private static final String PASSWORD = "storage.password";
    private static final String RETENTION = "storage.retention";
    private static final String FILE = "penstock.db";

    private final StorageForm form;
    private final Binder binder;
    private final Map<String, String> env;
    private final Problems problems;
    private final Map<String, String> origins;
    private final Set<String> masked;

    StorageSection(
            StorageForm form,
            Binder binder,
            Map<String, String> env,
            Problems problems,
            Map<String, String> origins,
            Set<String> masked) {
        this.form = form;
        this.binder = binder;
        this.env = env;
        this.problems = problems;
        this.origins = origins;
        this.masked = masked;
    }

    StorageConfig assemble() {
        StoreUrl url = form.url();
        Place place = url == null ? usual() : named(url.place());
        Secret password = form.password();
        return new StorageConfig(password == null ? place : with(password, place), form.migrate(), retention());
    }

    private StorageConfig.Retention retention() {
        StorageForm.Retention ages = form.retention();
        atLeast("hours", ages.hours(), "minutes", ages.minutes());
        atLeast("days", ages.days(), "hours", ages.hours());
        return new StorageConfig.Retention(
                ages.requests().span(),
                ages.minutes().span(),
                ages.hours().span(),
                ages.days().span(),
                ages.audit().span());
    }

    /** Longer sums answer for shorter ones that are gone. */
    private void atLeast(String longer, Age age, String shorter, Age least) {
        if (age.compareTo(least) < 0) {
            String path = RETENTION + "." + (binder.has(RETENTION + "." + longer) ? longer : shorter);
            problems.unexpected(binder.at(path), path, longer + " " + age, "at least " + shorter + ", " + least);
        }
    }

    /** What the file says, in the short form or the long one. */
    private Place named(Place place) {
        String at = binder.has(URL) ? URL : "storage";
        origins.put(URL, binder.at(at).brief());
        if (binder.isMasked(at)) {
            masked.add(URL);
        }
        return switch (place) {
            case Place.Nowhere nowhere -> nowhere;
            case Place.SqliteFile sqlite ->
                new Place.SqliteFile(absolute(binder.at(at).resolve(sqlite.file())), true);
            case Place.Postgres postgres -> trusting(postgres, binder.at(at));
        };
    }

    private static Place trusting(Place.Postgres postgres, Source at) {
        Path cert = postgres.rootCert();
        return cert == null ? postgres : postgres.withRootCert(absolute(at.resolve(cert)));
    }

    private Place with(Secret password, Place place) {
        if (place instanceof Place.Postgres postgres && postgres.password() == null) {
            return postgres.withPassword(password);
        }
        if (place instanceof Place.Postgres) {
            problems.unexpected(binder.keyAt(PASSWORD), PASSWORD, "a password beside the one in url", "one of the two");
        } else if (form.url() != null || !binder.has(URL)) {
            problems.add(binder.keyAt(PASSWORD), PASSWORD, "is not used; it belongs to postgresql://");
        }
        return place;
    }

    /** A process whose environment knows no home keeps nothing: whatever folder we took, nobody would look for it there. */
    private Place usual() {
        if (HomeFolder.path(env, "PENSTOCK_DATA") != null) {
            origins.put(URL, "PENSTOCK_DATA");
        }
        Path data = HomeFolder.data(env);
        return data == null ? new Place.Nowhere() : file(data);
    }

    private static Place file(Path folder) {
        return new Place.SqliteFile(absolute(folder.resolve(FILE)), false);
    }

    private static Path absolute(Path path) {
        return path.toAbsolutePath().normalize();
    }
}
