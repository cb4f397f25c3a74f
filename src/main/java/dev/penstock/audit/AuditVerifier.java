// SPDX-License-Identifier: Apache-2.0
package dev.penstock.audit;

import dev.penstock.exchange.AuditEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Says whether a folder of the audit is what was written: both chains are followed from their beginning, every signature is checked, and
 * each is held against the other. Needs nothing but the files. What it cannot find without an anchor outside is in audit.md.
 */
public final class AuditVerifier {

    private static final int MOST_FINDINGS = 100;
    private static final String KEY = "key.pub";
    private static final String NEWEST = "newest.head";
    private static final String TORN = "ends within a line: cut off, or torn by a crash that no start has closed";

    /**
     * Something that is not as it was written.
     *
     * @param file name in the folder
     * @param line from 1; 0 where it is the file as a whole
     */
    public record Finding(String file, long line, String what) {

        @Override
        public String toString() {
            return file + (line == 0 ? "" : ":" + line) + "  " + what;
        }
    }

    /**
     * What came of it.
     *
     * @param records that were looked at
     * @param first number of the first of them; 0 for none
     * @param last number of the last of them
     * @param heads that were looked at
     * @param unsigned records behind the last signed head: the chain holds them, and no signature
     * @param key fingerprint of the key that was checked with; empty for none
     * @param removed last record that a signed statement says was removed; 0 for none
     * @param node whose chain it is; empty for none
     * @param foreign heads of other nodes' chains that stand in it
     * @param findings empty where all is as it was written; the first hundred
     */
    public record Report(
            long records,
            long first,
            long last,
            long heads,
            long unsigned,
            String key,
            long removed,
            String node,
            int foreign,
            List<Finding> findings) {

        public Report {
            findings = List.copyOf(findings);
        }

        public boolean isIntact() {
            return findings.isEmpty();
        }
    }

    private final Folder folder;
    private final AuditQuery range;
    private final List<Finding> findings = new ArrayList<>();
    private final Map<Long, AuditRecord> lastOf = new HashMap<>();
    private final Map<Long, String> hashes = new HashMap<>();
    private final Map<String, Head> known = new HashMap<>();
    private final List<Head> inOrder = new ArrayList<>();
    private @Nullable PublicKeyText key;
    private long records;
    private long firstSeq;
    private @Nullable AuditRecord last;
    private @Nullable Head lastHead;
    private long covered;
    private @Nullable Head removal;
    /** The head before the first one that is here; records may name it. */
    private String base = "";

    private final Map<Long, Integer> headsRead = new HashMap<>();
    private final List<Told> told = new ArrayList<>();
    /** Whether what was looked at begins with the beginning, and ends with the end. */
    private boolean whole;

    private boolean toTheEnd;
    /** Read before the heads, which a node that runs adds to. */
    private Folder.@Nullable Lines newest;

    /** A head of another chain, and the record that holds it. */
    record Told(String file, long line, HeadNotice notice) {}

    private AuditVerifier(Folder folder, AuditQuery range) {
        this.folder = folder;
        this.range = range;
    }

    /**
     * Follows everything, or the segments that a range touches.
     *
     * @param keys public keys known from elsewhere, of which the folder's must be one; none for the one in the folder, with which a
     *     forger who has replaced that as well is believed
     * @throws IllegalArgumentException when one of them is none
     */
    static AuditVerifier follow(Path path, List<String> keys, AuditQuery range) throws IOException {
        AuditVerifier verifier = new AuditVerifier(new Folder(path), range);
        List<PublicKeyText> given = keys.stream().map(AuditVerifier::given).toList();
        PublicKeyText there = verifier.keyOfFolder();
        if (given.isEmpty() || (there != null && keys.contains(there.text()))) {
            verifier.key = there;
        } else {
            verifier.key = given.size() == 1 ? given.getFirst() : null;
            if (there != null || given.size() > 1) {
                verifier.wrong(KEY, 0, "is another key than the one that was given");
            }
        }
        verifier.run();
        return verifier;
    }

    /** One folder alone. For several, see {@link AuditCheck}. */
    static Report verify(Path path, @Nullable String publicKey, List<Path> anchors, AuditQuery range)
            throws IOException {
        List<String> keys = publicKey == null ? List.of() : List.of(publicKey);
        return AuditCheck.verify(List.of(path), new AuditCheck.Known(keys, anchors, java.util.Set.of()), range)
                .folders()
                .getFirst();
    }

    Report report() {
        AuditRecord end = last;
        PublicKeyText with = key;
        Head gone = removal;
        return new Report(
                records,
                firstSeq,
                end == null ? 0 : end.seq(),
                inOrder.size(),
                end == null ? 0 : Math.max(0, end.seq() - covered),
                with == null ? "" : with.fingerprint(),
                gone == null ? 0 : gone.last(),
                node(),
                told.size(),
                findings);
    }

    /** What signatures were checked with; null where there was none. */
    @Nullable
    PublicKeyText key() {
        return key;
    }

    /** Whose chain it is, as it says; empty for none. */
    String node() {
        AuditRecord end = last;
        return end == null ? "" : end.node();
    }

    /** Heads of other chains that stand in this one. */
    List<Told> told() {
        return List.copyOf(told);
    }

    private static PublicKeyText given(String text) {
        PublicKeyText read = PublicKeyText.parse(text);
        if (read == null) {
            throw new IllegalArgumentException("no public key in Base64");
        }
        return read;
    }

    private @Nullable PublicKeyText keyOfFolder() throws IOException {
        PublicKeyText read = Files.exists(folder.key()) ? PublicKeyText.read(folder.key()) : null;
        if (read == null) {
            wrong(KEY, 0, "is not there, or no key as it was written");
        }
        return read;
    }

    void wrong(String file, long line, String what) {
        if (findings.size() < MOST_FINDINGS) {
            findings.add(new Finding(file, line, what));
        }
    }

    private void run() throws IOException {
        newest = Folder.lines(folder.newest());
        List<Long> all = folder.segments();
        List<Long> segments = touched(all);
        if (segments.isEmpty()) {
            wrong(folder.path().toString(), 0, "holds no records");
            return;
        }
        whole = segments.getFirst().equals(all.getFirst());
        toTheEnd = segments.getLast().equals(all.getLast());
        for (long segment : segments) {
            readHeads(segment);
        }
        removal = inOrder.stream()
                .filter(head -> head.kind() == Head.Kind.REMOVAL)
                .reduce((a, b) -> a.last() >= b.last() ? a : b)
                .orElse(null);
        base = inOrder.isEmpty() ? "" : inOrder.getFirst().prev();
        if (whole) {
            checkBeginning(segments.getFirst());
        }
        for (int i = 0; i < segments.size(); i++) {
            readRecords(segments.get(i), i == 0, i == segments.size() - 1);
        }
        for (long orphan : folder.orphans()) {
            Head gone = removal;
            if (whole && (gone == null || orphan > gone.last())) {
                wrong(Folder.name(orphan) + ".jsonl", 0, "is not there, and its heads are");
            }
        }
        checkCoverage();
        if (toTheEnd) {
            checkNewest();
        }
    }

    /** Segments in which a record of the range can be, and the one before, whose seal they hang on. */
    private List<Long> touched(List<Long> all) throws IOException {
        List<Long> touched = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            Long next = i + 1 < all.size() ? all.get(i + 1) : null;
            if (range.mayTouch(
                    AuditReader.begin(folder, all.get(i)), next == null ? null : AuditReader.begin(folder, next))) {
                if (touched.isEmpty() && i > 0) {
                    touched.add(all.get(i - 1));
                }
                touched.add(all.get(i));
            }
        }
        return touched;
    }

    // ---- heads

    private void readHeads(long segment) throws IOException {
        String name = Folder.name(segment) + ".heads";
        Folder.Lines lines = Folder.lines(folder.heads(segment));
        int from = headsRead.getOrDefault(segment, 0);
        headsRead.put(segment, lines.lines().size());
        for (int i = from; i < lines.lines().size(); i++) {
            Head head = Head.read(lines.lines().get(i));
            if (head == null) {
                wrong(name, i + 1, "is no head as they are written: the line was changed");
                continue;
            }
            checkHead(name, i + 1, head, segment);
            known.put(head.id(), head);
            inOrder.add(head);
            lastHead = head;
        }
        if (lines.rest().length > 0 && from == 0) {
            wrong(name, lines.lines().size() + 1L, TORN);
        }
    }

    private void checkHead(String name, long line, Head head, long segment) {
        PublicKeyText checked = key;
        if (checked != null && !head.isSignedBy(checked)) {
            wrong(name, line, "the signature is not that of the key " + checked.fingerprint());
        }
        Head before = lastHead;
        if (before == null) {
            boolean isFirst = head.number() == 1;
            if (whole && isFirst != head.prev().isEmpty()) {
                wrong(name, line, "is head " + head.number() + " and does not begin the chain of heads");
            }
        } else if (head.number() != before.number() + 1 || !head.prev().equals(before.id())) {
            wrong(
                    name,
                    line,
                    "head " + head.number() + " does not follow head " + before.number()
                            + ": changed, removed, inserted or moved");
        }
        if (head.kind() != Head.Kind.REMOVAL && head.first() != segment) {
            wrong(name, line, "speaks of another segment");
        }
    }

    /** Nothing is missing before the first file, but what a signed statement says. */
    private void checkBeginning(long segment) {
        Head gone = removal;
        long removed = gone == null ? 0 : gone.last();
        if (segment > removed + 1) {
            wrong(Folder.name(removed + 1) + ".jsonl", 0, "is not there, and nothing signed says that it was removed");
        }
        Head first = inOrder.isEmpty() ? null : inOrder.getFirst();
        if (first != null
                && gone != null
                && segment == removed + 1
                && !first.prev().equals(gone.gone())) {
            wrong(Folder.name(segment) + ".heads", 1, "does not follow the head that was removed last");
        } else if (first != null && gone == null && first.number() != 1) {
            wrong(Folder.name(segment) + ".heads", 1, "is head " + first.number() + "; those before are not there");
        }
    }

    // ---- records

    private void readRecords(long segment, boolean isFirst, boolean isLast) throws IOException {
        String name = Folder.name(segment) + ".jsonl";
        Folder.Lines lines = Folder.lines(folder.segment(segment));
        AuditRecord before = last;
        if (before != null && segment != before.seq() + 1) {
            wrong(
                    name,
                    0,
                    "begins with record " + segment + " behind record " + before.seq()
                            + ": a segment was removed or added");
        }
        long headNumber = 0;
        for (int i = 0; i < lines.lines().size(); i++) {
            AuditRecord record = AuditRecord.read(lines.lines().get(i));
            if (record == null) {
                wrong(name, i + 1, "is no record as they are written: the line was changed");
                continue;
            }
            headNumber = checkRecord(name, i + 1, record, segment, isFirst && i == 0, headNumber);
            records++;
            firstSeq = firstSeq == 0 ? record.seq() : firstSeq;
            last = record;
            hashes.put(record.seq(), record.hash());
            lastOf.put(segment, record);
        }
        if (lines.rest().length > 0) {
            wrong(name, lines.lines().size() + 1L, TORN);
        }
        if (lines.lines().isEmpty() && !isLast) {
            wrong(name, 0, "is empty");
        }
    }

    private long checkRecord(String name, long line, AuditRecord record, long segment, boolean isFirst, long headNumber)
            throws IOException {
        AuditRecord before = last;
        if (!record.hash().equals(record.computed())) {
            wrong(name, line, "record " + record.seq() + " is not what its hash was made of: changed");
        }
        if (before != null
                && (record.seq() != before.seq() + 1 || !record.prev().equals(before.hash()))) {
            wrong(
                    name,
                    line,
                    "record " + record.seq() + " does not follow record " + before.seq()
                            + ": changed, removed, inserted or moved");
        } else if (before == null && isFirst) {
            checkFirst(name, line, record, segment);
        }
        if (!known.containsKey(record.head()) && !record.head().equals(base)) {
            // A node that runs may have signed another head since they were read.
            readHeads(segment);
        }
        Head named = known.get(record.head());
        if (named == null && !record.head().equals(base)) {
            wrong(
                    name,
                    line,
                    "record " + record.seq() + " names a head that is not there: heads were removed or changed");
        } else if (named != null && (named.number() < headNumber || named.last() >= record.seq())) {
            wrong(name, line, "record " + record.seq() + " names a head of another time");
        }
        if (record.event().kind().equals(Journal.TORN)) {
            checkAside(name, line, record.event());
        } else if (record.event().kind().equals(HeadNotice.KIND)) {
            keepTold(name, line, record);
        } else if (record.event().kind().equals(Journal.MISSING)) {
            wrong(
                    name,
                    line,
                    "record " + record.seq() + " says that signed records were not there any more when it was written: "
                            + new TreeMap<>(record.event().details()));
        }
        return named == null ? headNumber : named.number();
    }

    private void checkFirst(String name, long line, AuditRecord record, long segment) {
        Head gone = removal;
        if (record.seq() != segment) {
            wrong(name, line, "begins with record " + record.seq() + ": the beginning was removed");
        } else if (segment == 1 && !record.prev().isEmpty()) {
            wrong(name, line, "record 1 follows another one");
        } else if (gone != null && segment == gone.last() + 1 && !record.prev().equals(gone.hash())) {
            wrong(name, line, "does not follow the record that was removed last");
        }
    }

    private void keepTold(String name, long line, AuditRecord record) {
        HeadNotice notice = HeadNotice.read(record.event());
        if (notice == null) {
            wrong(name, line, "record " + record.seq() + " holds no head that another node has signed");
        } else {
            told.add(new Told(name, line, notice));
        }
    }

    private void checkAside(String name, long line, AuditEvent torn) throws IOException {
        String file = torn.details().getOrDefault("file", "");
        boolean plain = file.matches("[0-9]{12}\\.torn-[0-9]{1,9}");
        Path aside = folder.path().resolve(plain ? file : "none");
        boolean gone = plain && removal != null && Long.parseLong(file.substring(0, 12)) <= removal.last();
        if (!gone
                && (!plain
                        || !Files.exists(aside)
                        || !Canonical.sha256(Files.readAllBytes(aside))
                                .equals(torn.details().get("sha256")))) {
            wrong(name, line, "what was torn is not kept as it was: " + (plain ? file : "no name of a file"));
        }
    }

    // ---- one against the other

    private void checkCoverage() {
        for (Head head : inOrder) {
            if (head.kind() == Head.Kind.REMOVAL) {
                continue;
            }
            String name = Folder.name(head.first()) + ".jsonl";
            checkHash(name, head);
            AuditRecord end = lastOf.get(head.first());
            if (head.kind() == Head.Kind.SEAL && end != null && end.seq() != head.last()) {
                wrong(name, 0, "was sealed at record " + head.last() + " and ends with record " + end.seq());
            }
            covered = Math.max(covered, head.last());
        }
        AuditRecord end = last;
        List<Long> inner = new ArrayList<>(lastOf.keySet());
        if (end != null && toTheEnd) {
            lastOf.forEach((segment, record) -> {
                if (record.equals(end)) {
                    inner.remove(segment);
                }
            });
        }
        for (long segment : inner) {
            boolean sealed =
                    inOrder.stream().anyMatch(head -> head.kind() == Head.Kind.SEAL && head.first() == segment);
            if (!sealed) {
                wrong(Folder.name(segment) + ".heads", 0, "has no seal, and the segment is not the last");
            }
        }
        if (end != null && toTheEnd && end.event().kind().equals(Journal.CLOSED) && covered < end.seq()) {
            long segment = lastOf.keySet().stream().max(Long::compare).orElse(1L);
            wrong(
                    Folder.name(segment) + ".heads",
                    0,
                    "the audit was closed at record " + end.seq() + ", and the head that says so is not there");
        }
    }

    /** Who deletes a segment at the end with its heads must have thought of this one as well. */
    private void checkNewest() {
        Folder.Lines read = newest;
        if (read == null || (read.lines().isEmpty() && read.rest().length == 0)) {
            if (!inOrder.isEmpty()) {
                wrong(NEWEST, 0, "is not there");
            }
            return;
        }
        Head head = read.lines().size() == 1 && read.rest().length == 0
                ? Head.read(read.lines().getFirst())
                : null;
        PublicKeyText with = key;
        if (head == null || (with != null && !head.isSignedBy(with))) {
            wrong(NEWEST, 1, "is no head as they are written: it was changed");
        } else if (!known.containsKey(head.id())) {
            wrong(
                    NEWEST,
                    1,
                    "head " + head.number() + " was signed over records up to " + head.last()
                            + ", and neither is there any more: cut off");
        }
    }

    private void checkHash(String name, Head head) {
        String hash = hashes.get(head.last());
        if (hash == null) {
            wrong(name, 0, "record " + head.last() + " was signed and is not there: cut off");
        } else if (!hash.equals(head.hash())) {
            wrong(name, 0, "record " + head.last() + " is not the one that was signed");
        }
    }

    /**
     * What a head that was kept elsewhere says against this chain: whatever was done here, it still says what there was. Its signature was
     * checked.
     *
     * @return null for nothing
     */
    @Nullable
    String objection(Head head) {
        Head gone = removal;
        boolean removed = gone != null && head.last() <= gone.last();
        AuditRecord end = last;
        boolean outside = !removed
                && ((!whole && head.last() < firstSeq) || (!toTheEnd && end != null && head.last() > end.seq()));
        if (removed || outside || head.kind() == Head.Kind.REMOVAL) {
            return null;
        }
        String hash = hashes.get(head.last());
        if (hash == null || !hash.equals(head.hash())) {
            return "record " + head.last()
                    + " was signed as it stood and is not there any more: cut off or written anew";
        }
        return known.containsKey(head.id()) ? null : "head " + head.number() + " was signed and is not there any more";
    }
}
