// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import dev.penstock.config.AuditConfig.Anchor;
import dev.penstock.config.StorageConfig.Place;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** From {@code observability.audit} in the file to {@link AuditConfig}. */
final class AuditSection {

    private static final String AUDIT = "observability.audit";
    private static final String DIR = AUDIT + ".dir";
    private static final String ANCHOR = AUDIT + ".anchor";
    private static final String FOLDER = "audit";
    private static final String KEY = "audit.key";

    private final AuditForm form;
    private final Binder binder;
    private final Map<String, String> env;
    private final Problems problems;

    AuditSection(AuditForm form, Binder binder, Map<String, String> env, Problems problems) {
        this.form = form;
        this.binder = binder;
        this.env = env;
        this.problems = problems;
    }

    /** What is in force. */
    AuditConfig assemble(StorageConfig storage) {
        Path data = data(storage);
        Path dir = dir(storage, data);
        boolean mandatory = form.onFailure() == AuditForm.OnFailure.REFUSE;
        if (mandatory && dir == null) {
            problems.unexpected(
                    binder.at(AUDIT + ".on_failure"),
                    AUDIT + ".on_failure",
                    "refuse, without a folder for records",
                    "observability.audit.dir");
        }
        return new AuditConfig(
                dir,
                form.dir() != null || mandatory,
                data == null ? null : data.resolve(KEY),
                form.segment().bytes(),
                form.segmentAge(),
                form.checkpoint(),
                mandatory,
                form.payloads(),
                storage.retention().audit(),
                anchor(form.anchor()));
    }

    private @Nullable Path dir(StorageConfig storage, @Nullable Path data) {
        Boolean enabled = form.enabled();
        if (Boolean.FALSE.equals(enabled)) {
            return null;
        }
        Path named = form.dir();
        if (named != null) {
            return absolute(binder.at(DIR).resolve(named));
        }
        boolean wanted = storage.isKept() || Boolean.TRUE.equals(enabled);
        if (wanted && data != null) {
            return data.resolve(FOLDER);
        }
        if (Boolean.TRUE.equals(enabled)) {
            problems.unexpected(binder.at(AUDIT + ".enabled"), AUDIT + ".enabled", "true, and no folder is known", DIR);
        }
        return null;
    }

    /** Where the database is; else where it would be. */
    private @Nullable Path data(StorageConfig storage) {
        if (storage.place() instanceof Place.SqliteFile sqlite && sqlite.file().getParent() != null) {
            return sqlite.file().getParent();
        }
        Path data = HomeFolder.path(env, "PENSTOCK_DATA");
        if (data != null) {
            return absolute(data);
        }
        Path state = HomeFolder.path(env, "XDG_STATE_HOME");
        Path home = HomeFolder.of(env);
        if (state != null && state.isAbsolute()) {
            return absolute(state.resolve("penstock"));
        }
        return home == null ? null : absolute(home.resolve(Path.of(".local", "state", "penstock")));
    }

    private static Path absolute(Path path) {
        return path.toAbsolutePath().normalize();
    }

    private Anchor anchor(AuditForm.Anchor anchor) {
        Path file = anchor.file();
        URI webhook = anchor.webhook();
        if (webhook != null && !isSafe(webhook)) {
            unsafe(ANCHOR + ".webhook");
        }
        if (anchor.secret() != null && webhook == null) {
            problems.add(binder.keyAt(ANCHOR + ".secret"), ANCHOR + ".secret", "is not used; it belongs to webhook");
        }
        Secret put = anchor.put();
        AuditForm.S3 s3 = anchor.s3();
        return new Anchor(
                file == null ? null : absolute(binder.at(ANCHOR + ".file").resolve(file)),
                webhook,
                anchor.secret(),
                put == null ? null : put(put),
                s3 == null ? null : new AuditBucket(ANCHOR + ".s3", binder, env, problems).of(s3));
    }

    /** What can be done with the address stands in it, so its text is a secret. */
    private @Nullable URI put(Secret text) {
        try {
            URI uri = new URI(text.reveal());
            if (isSafe(uri)) {
                return uri;
            }
        } catch (URISyntaxException e) {
            // Its message holds the address.
        }
        unsafe(ANCHOR + ".put");
        return null;
    }

    private void unsafe(String path) {
        problems.unexpected(
                binder.at(path),
                path,
                binder.shown(path),
                "an https URL, or http on loopback, without user and fragment");
    }

    static boolean isSafe(URI uri) {
        String host = uri.getHost();
        boolean bare = host != null && uri.getRawFragment() == null && uri.getRawUserInfo() == null;
        boolean https = "https".equals(uri.getScheme());
        return bare && (https || ("http".equals(uri.getScheme()) && Host.isLoopback(unbracketed(host))));
    }

    private static String unbracketed(String host) {
        return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
    }

    /** What there is to print and to compare, by keys of the file. Secrets stand elsewhere. */
    static Map<String, @Nullable Object> lines(AuditConfig audit) {
        Map<String, @Nullable Object> lines = new LinkedHashMap<>();
        lines.put(AUDIT + ".enabled", audit.dir() != null);
        if (audit.dir() == null) {
            return lines;
        }
        lines.put(DIR, audit.dir());
        lines.put(AUDIT + ".segment", new ByteSize(audit.segmentBytes()));
        lines.put(AUDIT + ".segment_age", audit.segmentAge());
        lines.put(AUDIT + ".checkpoint", audit.checkpoint());
        lines.put(AUDIT + ".on_failure", audit.mandatory() ? AuditForm.OnFailure.REFUSE : AuditForm.OnFailure.CONTINUE);
        lines.put(AUDIT + ".payloads", audit.payloads());
        lines.put(ANCHOR + ".file", audit.anchor().file());
        lines.put(ANCHOR + ".webhook", audit.anchor().webhook());
        AuditConfig.Bucket s3 = audit.anchor().s3();
        if (s3 != null) {
            lines.put(ANCHOR + ".s3.bucket", s3.name());
            lines.put(ANCHOR + ".s3.region", s3.region());
            lines.put(ANCHOR + ".s3.prefix", s3.prefix());
            lines.put(ANCHOR + ".s3.endpoint", s3.endpoint());
        }
        return lines;
    }
}
