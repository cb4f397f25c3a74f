// SPDX-License-Identifier: Apache-2.0
package dev.penstock.audit;

import dev.penstock.audit.AuditVerifier.Finding;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Says whether the folders of several nodes are what was written: each chain is followed, and then each head that stands somewhere else,
 * in the chain of another node or in a file outside, is held against the chain that it speaks of. So a chain that was cut back, written
 * anew (with whatever key) or taken away altogether is found, as long as one witness is left.
 */
public final class AuditCheck {

    /**
     * What is known from elsewhere.
     *
     * @param keys public keys of the nodes; none for those in the folders
     * @param heads files of heads that were kept outside
     * @param gone fingerprints of the keys of chains that need not be there any more
     */
    public record Known(List<String> keys, List<Path> heads, Set<String> gone) {

        public Known {
            keys = List.copyOf(keys);
            heads = List.copyOf(heads);
            gone = Set.copyOf(gone);
        }
    }

    /**
     * What came of it.
     *
     * @param folders as they were given
     * @param between what one chain says against another one that was given, or that is not there
     * @param elsewhere whose chains are spoken of and were not asked about: of one folder alone, those of the other nodes
     */
    public record Verdict(List<AuditVerifier.Report> folders, List<Finding> between, Set<String> elsewhere) {

        public Verdict {
            folders = List.copyOf(folders);
            between = List.copyOf(between);
        }

        public boolean isIntact() {
            return between.isEmpty() && folders.stream().allMatch(AuditVerifier.Report::isIntact);
        }
    }

    private final List<Path> folders;
    private final Known from;
    private final AuditQuery range;
    private final List<AuditVerifier> chains = new ArrayList<>();
    /** What a chain was when it was read again. */
    private final Map<AuditVerifier, AuditVerifier> again = new HashMap<>();

    private final List<Finding> between = new ArrayList<>();
    private final Set<String> elsewhere = new TreeSet<>();
    private final Set<String> said = new HashSet<>();

    private AuditCheck(List<Path> folders, Known from, AuditQuery range) {
        this.folders = folders;
        this.from = from;
        this.range = range;
    }

    /**
     * Reads all of it. Where more than one folder is given, they are taken for all that there are: a chain that another one speaks of
     * must be among them.
     *
     * @throws IllegalArgumentException when a key is none
     */
    public static Verdict verify(List<Path> folders, Known from, AuditQuery range) throws IOException {
        AuditCheck check = new AuditCheck(folders, from, range);
        for (Path folder : folders) {
            check.chains.add(AuditVerifier.follow(folder, from.keys(), range));
        }
        for (Path file : from.heads()) {
            check.checkOutside(file);
        }
        for (int i = 0; i < check.chains.size(); i++) {
            for (AuditVerifier.Told told : check.chains.get(i).told()) {
                check.checkTold(i, told);
            }
        }
        return new Verdict(check.chains.stream().map(AuditVerifier::report).toList(), check.between, check.elsewhere);
    }

    // ---- heads that were kept outside

    private void checkOutside(Path file) throws IOException {
        String name = String.valueOf(file.getFileName());
        Folder.Lines read = Folder.lines(file);
        List<byte[]> lines = new ArrayList<>(read.lines());
        if (read.rest().length > 0) {
            lines.add(read.rest());
        }
        if (lines.isEmpty()) {
            blame(chains.size() == 1 ? chains.getFirst() : null, name, 0, "holds no heads");
        }
        for (int i = 0; i < lines.size(); i++) {
            Head head = Head.read(lines.get(i));
            AuditVerifier chain = head == null ? null : spokenOf(head, null);
            PublicKeyText key = chain == null ? null : chain.key();
            if (head != null && chain == null && chains.size() > 1) {
                missing(name, i + 1, head);
            } else if (head == null || chain == null || key == null || !head.isSignedBy(key)) {
                blame(chains.size() == 1 ? chains.getFirst() : chain, name, i + 1, "is no head of this installation");
            } else {
                String objection = chain.objection(head);
                if (objection != null) {
                    chain.wrong(name, i + 1, objection);
                }
            }
        }
    }

    private void blame(@Nullable AuditVerifier chain, String file, long line, String what) {
        if (chain == null) {
            between.add(new Finding(file, line, what));
        } else {
            chain.wrong(file, line, what);
        }
    }

    // ---- heads that other nodes have written down

    private void checkTold(int holder, AuditVerifier.Told told) throws IOException {
        Head head = told.notice().head();
        String at = folders.get(holder).resolve(told.file()).toString();
        AuditVerifier chain = spokenOf(head, told.notice().key());
        if (chain == null) {
            if (chains.size() > 1) {
                missing(at, told.line(), head);
            } else if (!from.gone().contains(head.key())) {
                elsewhere.add("node " + head.node() + ", key " + head.key());
            }
            return;
        }
        // A node that runs has perhaps signed and told it since its folder was read.
        String objection = chain.objection(head) == null ? null : fresh(chain).objection(head);
        if (objection != null && said.add(holder + " " + chains.indexOf(chain))) {
            between.add(new Finding(
                    at,
                    told.line(),
                    "holds head " + head.number() + " of node " + head.node() + " of " + head.time() + ", against "
                            + folders.get(chains.indexOf(chain)) + ": " + objection));
        }
    }

    private AuditVerifier fresh(AuditVerifier chain) throws IOException {
        AuditVerifier read = again.get(chain);
        if (read == null) {
            read = AuditVerifier.follow(folders.get(chains.indexOf(chain)), from.keys(), range);
            again.put(chain, read);
        }
        return read;
    }

    /** The chain with this key; of several, that of the node which has the name. */
    private @Nullable AuditVerifier spokenOf(Head head, @Nullable PublicKeyText key) {
        AuditVerifier found = null;
        for (AuditVerifier chain : chains) {
            PublicKeyText its = chain.key();
            boolean same = its != null
                    && its.fingerprint().equals(head.key())
                    && (key == null || key.text().equals(its.text()));
            if (same && (found == null || chain.node().equals(head.node()))) {
                found = chain;
            }
        }
        return found;
    }

    private void missing(String file, long line, Head head) {
        if (from.gone().contains(head.key()) || !said.add("missing " + head.key() + " " + head.node())) {
            return;
        }
        String namesake = "";
        for (int i = 0; i < chains.size(); i++) {
            PublicKeyText its = chains.get(i).key();
            if (chains.get(i).node().equals(head.node()) && its != null) {
                namesake = "; " + folders.get(i) + " is of that node and has the key " + its.fingerprint()
                        + ": written anew, or a new data folder";
            }
        }
        between.add(new Finding(
                file,
                line,
                "holds head " + head.number() + " of node " + head.node() + " of " + head.time() + " with the key "
                        + head.key() + ", and no folder has that chain" + namesake));
    }
}
