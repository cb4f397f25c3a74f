// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A named call: who makes it, or what came of it. It never changes once it is made. A claim ends with its node, or when its owner has not been
 * heard for {@link #LEASE_MILLIS}.
 */
final class NamedCall implements IdentifiedDataSerializable {

    static final long LEASE_MILLIS = 30_000;

    private String fingerprint;
    private String owner;
    private String node;
    private long saidAt;
    private byte @Nullable [] answer;

    private NamedCall(String fingerprint, String owner, String node, long saidAt, byte @Nullable [] answer) {
        this.fingerprint = fingerprint;
        this.owner = owner;
        this.node = node;
        this.saidAt = saidAt;
        this.answer = answer;
    }

    /** To be filled by {@link #readData}. */
    NamedCall() {
        this("", "", "", 0, null);
    }

    /** @param saidAt wall clock in milliseconds of the node that heard it */
    static NamedCall claimed(String fingerprint, String owner, String node, long saidAt) {
        return new NamedCall(fingerprint, owner, node, saidAt, null);
    }

    static NamedCall answered(String fingerprint, String owner, byte[] answer) {
        return new NamedCall(fingerprint, owner, "", 0, answer);
    }

    /** For who asks something else: the answer is none of its business. */
    NamedCall withoutAnswer() {
        return answer == null ? this : new NamedCall(fingerprint, owner, node, saidAt, null);
    }

    boolean hasFingerprint(String other) {
        return fingerprint.equals(other);
    }

    /** Whether that owner is making it. */
    boolean isClaimOf(String other) {
        return answer == null && owner.equals(other);
    }

    /** Whether nobody makes it any more, although it has no answer. */
    boolean isAbandoned(boolean nodeGone, long nowMillis) {
        return answer == null && (nodeGone || nowMillis - saidAt >= LEASE_MILLIS);
    }

    /** Of a node that cannot tell how the call stands. */
    boolean isNobodys() {
        return owner.isEmpty();
    }

    String node() {
        return node;
    }

    byte @Nullable [] answer() {
        return answer;
    }

    @Override
    public int getFactoryId() {
        return ClusterTypes.FACTORY;
    }

    @Override
    public int getClassId() {
        return ClusterTypes.NAMED_CALL;
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        out.writeString(fingerprint);
        out.writeString(owner);
        out.writeString(node);
        out.writeLong(saidAt);
        out.writeByteArray(answer);
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        fingerprint = text(in.readString());
        owner = text(in.readString());
        node = text(in.readString());
        saidAt = in.readLong();
        answer = in.readByteArray();
    }

    private static String text(@Nullable String read) {
        return read == null ? "" : read;
    }
}
