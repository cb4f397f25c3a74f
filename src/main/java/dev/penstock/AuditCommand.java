// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.penstock.audit.AuditCheck;
import dev.penstock.audit.AuditQuery;
import dev.penstock.audit.AuditReader;
import dev.penstock.audit.AuditRecord;
import dev.penstock.audit.AuditVerifier;
import dev.penstock.config.LoadResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Reads the files of the audit and says whether they are genuine. No gateway is needed. */
@Command(
        name = "audit",
        description = {
            "Look things up in the audit, and check that its records are what was written.",
            "Works on the files alone; the gateway may run or not."
        })
final class AuditCommand extends GroupCommand {

    AuditCommand(Cli cli) {
        super(cli, "verify, list, export and key");
    }

    /** What all of them understand. */
    static final class Where {

        @Mixin
        private FileOptions files = new FileOptions();

        @Mixin
        private CommonOptions common = new CommonOptions();

        @Option(
                names = "--dir",
                paramLabel = "FOLDER",
                description = "Folder of the records; may be given several times. Default: the configured one.")
        private List<Path> dirs = new ArrayList<>();
    }

    /** Which records. */
    static final class Range {

        @Option(
                names = "--from",
                paramLabel = "POINT",
                description = "First record, by its number or by a moment such as 2026-11-22T08:00:00Z.")
        private @Nullable String from;

        @Option(names = "--to", paramLabel = "POINT", description = "Last record, likewise.")
        private @Nullable String to;
    }

    /** Which of them. */
    static final class Filter {

        @Option(names = "--kind", paramLabel = "KIND", description = "Only kinds that begin so, such as key. or auth.")
        private String kind = "";

        @Option(names = "--actor", paramLabel = "NAME", description = "Only what this one did.")
        private String actor = "";

        @Option(names = "--limit", paramLabel = "N", description = "At most so many. Default: all")
        private int limit = Integer.MAX_VALUE;
    }

    @Command(
            name = "verify",
            description = "Find any edit, deletion, insertion, reordering or truncation. Exit code 6: there is one.")
    int verify(
            @Mixin Where where,
            @Mixin Range range,
            @Option(
                            names = "--key",
                            paramLabel = "PUBLIC",
                            description =
                                    "Public key of a node in Base64, or a file with it; may be given several times. Default: those in the folders, with which who has replaced them as well is believed.")
                    @Nullable
                    List<String> keys,
            @Option(
                            names = "--heads",
                            paramLabel = "FILE",
                            description = "Heads that were kept outside, one a line; may be given several times.")
                    @Nullable
                    List<Path> heads,
            @Option(
                            names = "--gone",
                            paramLabel = "FINGERPRINT",
                            description =
                                    "Key of a node whose chain need not be there any more; may be given several times.")
                    @Nullable
                    List<String> gone)
            throws IOException {
        AuditQuery query = query(range, new Filter());
        List<String> known = new ArrayList<>();
        for (String key : keys == null ? List.<String>of() : keys) {
            known.add(key(key));
        }
        List<Path> anchors =
                heads == null ? List.of() : heads.stream().map(this::path).toList();
        List<Path> dirs = dirs(where);
        if (dirs.isEmpty()) {
            cli.err().println("penstock: no folder of an audit is known. Give --dir.");
            return ExitCode.FAILURE.code;
        }
        AuditCheck.Verdict verdict;
        try {
            Set<String> without = gone == null ? Set.of() : new HashSet<>(gone);
            verdict = AuditCheck.verify(dirs, new AuditCheck.Known(known, anchors, without), query);
        } catch (IllegalArgumentException e) {
            throw misuse.because("--key is no public key.");
        }
        if (where.common.isJson()) {
            cli.out().println(Cli.json(toMap(dirs, verdict)));
        } else {
            tell(dirs, verdict, !known.isEmpty(), !anchors.isEmpty());
        }
        return verdict.isIntact() ? ExitCode.OK.code : ExitCode.NOT_INTACT.code;
    }

    private void tell(List<Path> dirs, AuditCheck.Verdict verdict, boolean keyGiven, boolean anchored) {
        for (int i = 0; i < dirs.size(); i++) {
            String folder = dirs.size() > 1 ? dirs.get(i) + ": " : "";
            verdict.folders().get(i).findings().forEach(finding -> cli.err().println(folder + finding));
            tell(dirs.get(i), verdict.folders().get(i), keyGiven, anchored);
        }
        verdict.between().forEach(finding -> cli.err().println(finding));
        verdict.elsewhere().forEach(other -> cli.out()
                .println("  holds heads of " + other + "; with --dir for its folder too they are compared"));
        if (dirs.size() > 1) {
            cli.out().println("together: " + (verdict.isIntact() ? "intact" : "NOT INTACT"));
        }
    }

    private void tell(Path dir, AuditVerifier.Report report, boolean keyGiven, boolean anchored) {
        cli.out()
                .println(dir + ": " + (report.isIntact() ? "intact" : "NOT INTACT") + ", records " + report.first()
                        + " to " + report.last() + ", " + report.heads() + " heads, node " + report.node() + ", key "
                        + report.key());
        if (report.removed() > 0) {
            cli.out().println("  records up to " + report.removed() + " were removed by retention, signed");
        }
        if (report.unsigned() > 0) {
            cli.out().println("  the last " + report.unsigned() + " records are not signed yet");
        }
        if (!keyGiven) {
            cli.out().println("  checked with the key in the folder; --key checks with one that was kept elsewhere");
        }
        if (!anchored) {
            cli.out().println("  without --heads, that the whole was not put back to an earlier state is not shown");
        }
    }

    private static Map<String, Object> toMap(List<Path> dirs, AuditCheck.Verdict verdict) {
        List<Map<String, Object>> folders = new ArrayList<>();
        for (int i = 0; i < dirs.size(); i++) {
            folders.add(toMap(dirs.get(i), verdict.folders().get(i)));
        }
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("intact", verdict.isIntact());
        map.put("folders", folders);
        map.put("between", toMaps(verdict.between()));
        map.put("elsewhere", verdict.elsewhere());
        return map;
    }

    private static Map<String, Object> toMap(Path dir, AuditVerifier.Report report) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("dir", dir.toString());
        map.put("node", report.node());
        map.put("intact", report.isIntact());
        map.put("records", report.records());
        map.put("first", report.first());
        map.put("last", report.last());
        map.put("heads", report.heads());
        map.put("unsigned", report.unsigned());
        map.put("removed", report.removed());
        map.put("key", report.key());
        map.put("foreign_heads", report.foreign());
        map.put("findings", toMaps(report.findings()));
        return map;
    }

    private static List<Map<String, Object>> toMaps(List<AuditVerifier.Finding> findings) {
        return findings.stream()
                .map(each -> Map.<String, Object>of("file", each.file(), "line", each.line(), "what", each.what()))
                .toList();
    }

    @Command(name = "list", description = "Show records, one a line; those of several nodes by their time.")
    int list(@Mixin Where where, @Mixin Range range, @Mixin Filter filter) throws IOException {
        return read(where, range, filter, found -> cli.out().println(line(found.record())));
    }

    @Command(name = "export", description = "Print records as they are written, one JSON object a line.")
    int export(@Mixin Where where, @Mixin Range range, @Mixin Filter filter) throws IOException {
        return read(where, range, filter, found -> cli.out().println(found.line()));
    }

    private int read(Where where, Range range, Filter filter, Consumer<AuditReader.Found> to) throws IOException {
        AuditQuery query = query(range, filter);
        boolean json = where.common.isJson();
        AuditReader.read(dirs(where), query, json ? found -> cli.out().println(found.line()) : to);
        cli.out().flush();
        return ExitCode.OK.code;
    }

    @Command(name = "key", description = "Print the public key that the heads of this installation are signed with.")
    int key(@Mixin Where where) throws IOException {
        int code = ExitCode.FAILURE.code;
        for (Path dir : dirs(where)) {
            String key = AuditReader.publicKey(dir);
            if (key != null) {
                boolean json = where.common.isJson();
                cli.out().println(json ? Cli.json(Map.of("dir", dir.toString(), "public_key", key)) : key);
                code = ExitCode.OK.code;
            }
        }
        if (code != ExitCode.OK.code) {
            cli.err().println("penstock: there is no key yet. It is made with the first record.");
        }
        return code;
    }

    // ---- what is meant

    private List<Path> dirs(Where where) {
        if (!where.dirs.isEmpty()) {
            return where.dirs.stream().map(this::path).toList();
        }
        Path configured = cli.loader(where.files.files, null).load() instanceof LoadResult.Loaded loaded
                ? loaded.snapshot().observability().audit().dir()
                : null;
        return configured == null ? List.of() : List.of(configured);
    }

    private Path path(Path given) {
        return cli.workingDirectory().resolve(given);
    }

    /** A file, or the key itself; Base64 may look like a path. */
    private String key(String given) throws IOException {
        try {
            Path file = cli.workingDirectory().resolve(given);
            return Files.isRegularFile(file) ? Files.readString(file, US_ASCII).strip() : given;
        } catch (InvalidPathException e) {
            return given;
        }
    }

    private AuditQuery query(Range range, Filter filter) {
        if (filter.limit < 1) {
            throw misuse.because("--limit must be more than 0.");
        }
        return new AuditQuery(point(range.from), point(range.to), filter.kind, filter.actor, 0, filter.limit);
    }

    private AuditQuery.@Nullable Point point(@Nullable String text) {
        AuditQuery.Point point = text == null ? null : AuditQuery.Point.parse(text);
        if (text != null && point == null) {
            throw misuse.because("--from and --to must be a number or a moment such as 2026-11-22T08:00:00Z.");
        }
        return point;
    }

    private static String line(AuditRecord record) {
        StringBuilder line = new StringBuilder(64)
                .append(record.seq())
                .append("  ")
                .append(record.time())
                .append("  ")
                .append(record.node())
                .append("  ")
                .append(record.event().kind())
                .append("  ")
                .append(record.event().actor().isEmpty() ? "-" : record.event().actor())
                .append("  ")
                .append(record.event().what());
        if (!record.event().before().isEmpty() || !record.event().after().isEmpty()) {
            line.append("  \"")
                    .append(record.event().before())
                    .append("\" -> \"")
                    .append(record.event().after())
                    .append('"');
        }
        record.event().details().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(detail ->
                        line.append("  ").append(detail.getKey()).append('=').append(detail.getValue()));
        // For a terminal: what callers had a hand in must not move its cursor.
        return line.toString().replaceAll("\\p{Cntrl}", "?");
    }
}
