// SPDX-License-Identifier: Apache-2.0
package dev.penstock.audit;

import dev.penstock.exchange.AuditEvent;
import dev.penstock.exchange.Ticker;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The files of the audit as one process writes them, one thread at a time. Two chains hold each other:
 *
 * <pre>
 * records   1 <- 2 <- 3 <- 4 <- 5 <- ...     each has the hash of the one before, and of the newest head
 *                 \       ^      \
 * heads            [1..3] <- [1..5] <- ...   each signed, with the hash of its last record and of the head before
 * </pre>
 *
 * So a record cannot be changed without the hashes behind it, and those not without the heads, which need the key; and neither end can
 * be cut off alone. After any {@link IOException} it is closed and opened again: what is on the disk says where to go on.
 */
final class Journal implements AutoCloseable {

    static final String OPENED = "audit.opened";
    static final String CLOSED = "audit.closed";
    static final String TORN = "audit.torn";
    static final String MISSING = "audit.missing";
    static final String REMOVED = "audit.removed";

    private static final int MOST_BETWEEN_HEADS = 1000;
    private static final long REMOVAL_EVERY = Duration.ofHours(1).toNanos();

    /**
     * How the files are kept.
     *
     * @param segmentBytes after which a segment is sealed
     * @param segmentAge after which it is sealed too
     * @param checkpoint longest time that a record waits for a signed head
     * @param retention after which whole segments are removed
     */
    record Rules(long segmentBytes, Duration segmentAge, Duration checkpoint, Duration retention) {}

    /** How far a file was known to be on the medium when something went wrong. */
    record Mark(Path file, long length) {}

    /** An event and when it happened. */
    record Stamped(AuditEvent event, Instant at) {}

    private final Folder folder;
    private final String node;
    private final InstallationKey key;
    private final Disk disk;
    private final Ticker ticker;
    private final Rules rules;
    private final Consumer<Head> signed;
    private final FileChannel lockFile;
    private final List<Stamped> found = new ArrayList<>();
    /** Heads of other chains that stand in the segment that was written last. */
    private final List<HeadNotice> foreign = new ArrayList<>();

    private long seq;
    private String prev = "";
    private long headNumber;
    private String head = "";
    private @Nullable Head newest;
    /** The last record that a head of this chain speaks of. */
    private long covered;
    /** First record of the segment that is being written; 0 for none. */
    private long first;

    private @Nullable FileChannel records;
    private @Nullable FileChannel heads;
    private Instant begun = Instant.EPOCH;
    private long length;
    private int appended;
    private long headNanos;
    private long removalNanos;

    private Journal(
            Folder folder,
            String node,
            InstallationKey key,
            Disk disk,
            Ticker ticker,
            Rules rules,
            Consumer<Head> signed,
            FileChannel lockFile) {
        this.folder = folder;
        this.node = node;
        this.key = key;
        this.disk = disk;
        this.ticker = ticker;
        this.rules = rules;
        this.signed = signed;
        this.lockFile = lockFile;
        this.headNanos = ticker.nanos();
        this.removalNanos = ticker.nanos() - REMOVAL_EVERY;
    }

    /**
     * Takes the folder, and finds where to go on.
     *
     * @param mark what this process knows of a write that failed: complete lines behind it were refused, and are put aside; or null
     * @param signed hears of each new head, on the same thread
     * @throws IOException also when another process writes there
     */
    static Journal open(
            Path path,
            String node,
            InstallationKey key,
            Disk disk,
            Ticker ticker,
            Rules rules,
            @Nullable Mark mark,
            Consumer<Head> signed)
            throws IOException {
        disk.makeFolder(path);
        Folder folder = new Folder(path);
        FileChannel lockFile = FileChannel.open(folder.lock(), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (!isTaken(lockFile)) {
                throw new IOException("another process writes into " + path);
            }
            Journal journal = new Journal(folder, node, key, disk, ticker, rules, signed, lockFile);
            journal.keepPublicKey();
            journal.recover(mark);
            return journal;
        } catch (IOException | RuntimeException e) {
            lockFile.close();
            throw e;
        }
    }

    private static boolean isTaken(FileChannel file) throws IOException {
        try {
            FileLock lock = file.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    private void keepPublicKey() throws IOException {
        if (!Files.exists(folder.key())) {
            disk.write(folder.key(), key.open().file());
        } else if (!Arrays.equals(Files.readAllBytes(folder.key()), key.open().file())) {
            throw new IOException(folder.key() + " is not the key of this installation");
        }
    }

    // ---- where to go on

    private void recover(@Nullable Mark mark) throws IOException {
        List<Long> segments = folder.segments();
        boolean sealed = false;
        boolean clean = true;
        for (int i = segments.size() - 1; i >= 0 && seq == 0; i--) {
            AuditRecord last = lastRecord(segments.get(i), mark);
            if (last != null) {
                seq = last.seq();
                prev = last.hash();
                clean = last.event().kind().equals(CLOSED);
            }
        }
        for (int i = segments.size() - 1; i >= 0 && headNumber == 0; i--) {
            Head last = lastHead(segments.get(i));
            if (last != null) {
                headNumber = last.number();
                head = last.id();
                newest = last;
                covered = last.kind() == Head.Kind.REMOVAL ? 0 : last.last();
                sealed = last.kind() == Head.Kind.SEAL && i == segments.size() - 1;
            }
        }
        if (!segments.isEmpty() && !sealed) {
            use(segments.getLast());
        }
        long signedTo = Math.max(covered, signedBeyond());
        if (signedTo > seq) {
            find(MISSING, Map.of("signed", Long.toString(signedTo), "found", Long.toString(seq)));
        }
        if (mark == null) {
            find(OPENED, Map.of("after", segments.isEmpty() ? "nothing" : clean ? "close" : "crash"));
        }
    }

    /** The last record that the newest head speaks of, where the chain of heads does not go so far; else 0. */
    private long signedBeyond() throws IOException {
        List<byte[]> lines = Folder.lines(folder.newest()).lines();
        Head last = lines.isEmpty() ? null : Head.read(lines.getFirst());
        return last == null || last.number() <= headNumber || !last.isSignedBy(key.open()) ? 0 : last.last();
    }

    private void find(String kind, Map<String, String> details) {
        found.add(new Stamped(AuditEvent.of(kind, "", "audit", details), ticker.now()));
    }

    /** The last record of a segment that is whole; what comes behind it is put aside. */
    private @Nullable AuditRecord lastRecord(long segment, @Nullable Mark mark) throws IOException {
        Path file = folder.segment(segment);
        long known = mark != null && mark.file().equals(file) ? mark.length() : Long.MAX_VALUE;
        AuditRecord last = null;
        long end = 0;
        long good = 0;
        for (byte[] line : Folder.lines(file).lines()) {
            end += line.length + 1;
            AuditRecord read = end <= known ? AuditRecord.read(line) : null;
            if (read != null && read.hash().equals(read.computed())) {
                last = read;
                good = end;
                keepForeign(read);
            }
        }
        putAside(file, segment, good);
        return last;
    }

    private void keepForeign(AuditRecord record) {
        if (record.event().kind().equals(HeadNotice.KIND)) {
            HeadNotice notice = HeadNotice.read(record.event());
            if (notice != null) {
                foreign.removeIf(older -> older.chain().equals(notice.chain()));
                foreign.add(notice);
            }
        }
    }

    private @Nullable Head lastHead(long segment) throws IOException {
        Path file = folder.heads(segment);
        Head last = null;
        long end = 0;
        long good = 0;
        for (byte[] line : Folder.lines(file).lines()) {
            end += line.length + 1;
            Head read = Head.read(line);
            if (read != null) {
                last = read;
                good = end;
            }
        }
        putAside(file, segment, good);
        return last;
    }

    /** First the copy, then the cut, then the record that says so: a crash in between only makes another copy. */
    private void putAside(Path file, long segment, long from) throws IOException {
        if (!Files.exists(file) || Files.size(file) <= from) {
            return;
        }
        byte[] all = Files.readAllBytes(file);
        byte[] torn = Arrays.copyOfRange(all, (int) from, all.length);
        Path aside = folder.aside(segment);
        disk.write(aside, torn);
        try (FileChannel cut = FileChannel.open(file, StandardOpenOption.WRITE)) {
            cut.truncate(from);
            cut.force(true);
        }
        find(
                TORN,
                Map.of(
                        "of",
                        String.valueOf(file.getFileName()),
                        "file",
                        String.valueOf(aside.getFileName()),
                        "bytes",
                        Integer.toString(torn.length),
                        "sha256",
                        Canonical.sha256(torn)));
    }

    private void use(long segment) throws IOException {
        FileChannel file = disk.open(folder.segment(segment));
        records = file;
        heads = disk.open(folder.heads(segment));
        first = segment;
        length = file.size();
        List<byte[]> lines =
                length == 0 ? List.of() : Folder.lines(folder.segment(segment)).lines();
        AuditRecord oldest = lines.isEmpty() ? null : AuditRecord.read(lines.getFirst());
        begun = oldest == null ? ticker.now() : oldest.time();
    }

    // ---- writing

    /** Where the file stood before the write that failed; null for none. */
    @Nullable
    Mark mark() {
        return first == 0 ? null : new Mark(folder.segment(first), length);
    }

    /** On the medium when this returns. */
    void append(List<Stamped> events) throws IOException {
        List<Stamped> all = new ArrayList<>(found);
        all.addAll(events);
        ByteArrayOutputStream group = new ByteArrayOutputStream();
        long last = seq;
        String hash = prev;
        int count = -found.size();
        appended = 0;
        for (Stamped each : all) {
            AuditRecord record = AuditRecord.next(last + 1, each.at(), node, each.event(), head, hash);
            byte[] line = record.line();
            if (first != 0
                    && length + group.size() > 0
                    && length + group.size() + line.length >= rules.segmentBytes()) {
                flush(group, last, hash);
                appended = Math.max(0, count);
                seal();
                record = AuditRecord.next(last + 1, each.at(), node, each.event(), head, hash);
                line = record.line();
            }
            if (first == 0) {
                use(last + 1);
            }
            group.writeBytes(line);
            group.write('\n');
            last = record.seq();
            hash = record.hash();
            count++;
        }
        flush(group, last, hash);
        appended = events.size();
        found.clear();
    }

    /** How many of the events of the last {@link #append} are on the medium, also where it failed. */
    int appended() {
        return appended;
    }

    private void flush(ByteArrayOutputStream group, long last, String hash) throws IOException {
        FileChannel file = records;
        if (file == null || group.size() == 0) {
            return;
        }
        disk.append(file, group.toByteArray());
        length += group.size();
        group.reset();
        seq = last;
        prev = hash;
    }

    /** What is due: a head, a seal, the end of old segments. */
    void tick() throws IOException {
        long now = ticker.nanos();
        boolean waits = seq > covered && first != 0;
        if (waits && length > 0 && !ticker.now().isBefore(begun.plus(rules.segmentAge()))) {
            seal();
        } else if (waits && (now - headNanos >= rules.checkpoint().toNanos() || seq - covered >= MOST_BETWEEN_HEADS)) {
            state(Head.Kind.CHECKPOINT);
        }
        if (now - removalNanos >= REMOVAL_EVERY) {
            removalNanos = now;
            remove();
        }
    }

    private void state(Head.Kind kind) throws IOException {
        sign(kind, first, seq, prev, "");
        covered = seq;
        headNanos = ticker.nanos();
    }

    private void sign(Head.Kind kind, long from, long last, String hash, String gone) throws IOException {
        FileChannel file = heads;
        if (file == null) {
            throw new IOException("no segment to speak of");
        }
        Instant now = Instant.ofEpochMilli(ticker.now().toEpochMilli());
        Head next = new Head(
                        kind,
                        headNumber + 1,
                        node,
                        now,
                        from,
                        last,
                        hash,
                        head,
                        gone,
                        key.open().fingerprint(),
                        "")
                .signed(key);
        byte[] line = next.line();
        byte[] withEnd = Arrays.copyOf(line, line.length + 1);
        withEnd[line.length] = '\n';
        disk.append(file, withEnd);
        disk.replace(folder.newest(), withEnd);
        headNumber = next.number();
        head = next.id();
        newest = next;
        signed.accept(next);
    }

    private void seal() throws IOException {
        if (seq < first) {
            return;
        }
        state(Head.Kind.SEAL);
        closeFiles();
        first = 0;
        length = 0;
    }

    // ---- what is too old

    /** Segments whose last record is too old. The statement that they are gone comes first, so that a crash leaves too much and not too little. */
    private void remove() throws IOException {
        for (long orphan : folder.orphans()) {
            // Of a removal that a crash has cut short; other orphans are for people to look at.
            if (isRemoved(orphan)) {
                delete(orphan);
            }
        }
        Instant end = ticker.now().minus(rules.retention());
        List<Long> over = new ArrayList<>();
        Head lastHead = null;
        for (long segment : folder.segments()) {
            Head seal = segment == first ? null : sealOf(segment);
            if (seal == null || !seal.time().isBefore(end)) {
                break;
            }
            over.add(segment);
            lastHead = seal;
        }
        if (lastHead == null) {
            return;
        }
        append(List.of(new Stamped(
                AuditEvent.of(
                        REMOVED,
                        "",
                        "audit",
                        Map.of("first", Long.toString(over.getFirst()), "last", Long.toString(lastHead.last()))),
                ticker.now())));
        sign(Head.Kind.REMOVAL, over.getFirst(), lastHead.last(), lastHead.hash(), lastHead.id());
        state(Head.Kind.CHECKPOINT);
        for (long segment : over) {
            delete(segment);
        }
    }

    private void delete(long segment) throws IOException {
        for (Path file : folder.filesOf(segment)) {
            Files.deleteIfExists(file);
        }
    }

    private boolean isRemoved(long segment) throws IOException {
        for (long each : folder.segments()) {
            for (byte[] line : Folder.lines(folder.heads(each)).lines()) {
                Head read = Head.read(line);
                if (read != null && read.kind() == Head.Kind.REMOVAL && read.last() >= segment) {
                    return true;
                }
            }
        }
        return false;
    }

    private @Nullable Head sealOf(long segment) throws IOException {
        List<byte[]> lines = Folder.lines(folder.heads(segment)).lines();
        Head last = lines.isEmpty() ? null : Head.read(lines.getLast());
        return last != null && last.kind() == Head.Kind.SEAL ? last : null;
    }

    // ---- the end

    /** The last word: a record and a head that nothing comes behind. */
    void finish() throws IOException {
        append(List.of(new Stamped(AuditEvent.of(CLOSED, "", "audit", Map.of()), ticker.now())));
        state(Head.Kind.CHECKPOINT);
    }

    long records() {
        return seq;
    }

    PublicKeyText key() {
        return key.open();
    }

    /** The last head of the chain; null before the first. */
    @Nullable
    Head newest() {
        return newest;
    }

    /** The newest head of each other chain that the segment holds that was there when this was opened. */
    List<HeadNotice> foreign() {
        return List.copyOf(foreign);
    }

    private void closeFiles() throws IOException {
        FileChannel openRecords = records;
        FileChannel openHeads = heads;
        records = null;
        heads = null;
        if (openRecords != null) {
            openRecords.close();
        }
        if (openHeads != null) {
            openHeads.close();
        }
    }

    /** Leaves the folder to others. Writes nothing more. */
    @Override
    public void close() throws IOException {
        try {
            closeFiles();
        } finally {
            lockFile.close();
        }
    }
}
