// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceAware;
import com.hazelcast.map.EntryProcessor;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Claims a named call, renews the claim, or ends it. Runs on the node that owns the entry. Answers how the call stands when it is not the
 * owner's: null where it is.
 *
 * <p>What a node holds that has gone is free. While the cluster is short only the larger side may claim, because on the other one nobody can
 * know what was made; with two equal halves that is nobody.
 */
final class SettleCall
        implements EntryProcessor<String, NamedCall, NamedCall>, IdentifiedDataSerializable, HazelcastInstanceAware {

    private static final long serialVersionUID = 1;

    /** What is to be done. The order is part of what nodes tell each other. */
    enum What {
        CLAIM,
        RENEW,
        KEEP,
        FREE
    }

    private static final What[] ALL = What.values();

    private What what;
    private String fingerprint;
    private String owner;
    private String node;
    private byte @Nullable [] answer;
    private long keepMillis;
    private transient @Nullable HazelcastInstance here;
    private transient @Nullable Keep<NamedCall> copy;

    /**
     * @param node the asking node, with which the claim ends
     * @param answer to be kept, for {@link What#KEEP}
     * @param keepMillis how long that is kept
     */
    SettleCall(What what, String fingerprint, String owner, String node, byte @Nullable [] answer, long keepMillis) {
        this.what = what;
        this.fingerprint = fingerprint;
        this.owner = owner;
        this.node = node;
        this.answer = answer;
        this.keepMillis = keepMillis;
    }

    /** To be filled by {@link #readData}. */
    SettleCall() {
        this(What.CLAIM, "", "", "", null, 0);
    }

    @Override
    @SuppressWarnings("NullAway") // Null says that it is the owner's.
    public NamedCall process(Map.Entry<String, NamedCall> entry) {
        Strength strength =
                here == null ? null : (Strength) here.getUserContext().get(Strength.KEY);
        if (strength == null) {
            // The node is only just starting, and nobody is known to be gone.
            return HazelcastAnswers.NOBODY_KNOWS;
        }
        NamedCall known = entry.getValue();
        long now = strength.millis();
        if (known != null && known.isAbandoned(strength.isGone(known.node()), now)) {
            known = null;
        }
        boolean mine = known == null || known.isClaimOf(owner);
        switch (what) {
            case CLAIM -> {
                if (!mine) {
                    return known.hasFingerprint(fingerprint) ? known : known.withoutAnswer();
                }
                if (!strength.muster().majority()) {
                    return HazelcastAnswers.NOBODY_KNOWS;
                }
                set(entry, NamedCall.claimed(fingerprint, owner, node, now), NamedCall.LEASE_MILLIS);
            }
            case RENEW -> {
                if (mine && known != null) {
                    set(entry, NamedCall.claimed(fingerprint, owner, node, now), NamedCall.LEASE_MILLIS);
                }
            }
            case KEEP -> {
                if (mine && answer != null) {
                    set(entry, NamedCall.answered(fingerprint, owner, answer), keepMillis);
                }
            }
            case FREE -> {
                if (mine) {
                    set(entry, null, 0);
                }
            }
        }
        return null;
    }

    private void set(Map.Entry<String, NamedCall> entry, @Nullable NamedCall call, long millis) {
        copy = new Keep<>(call, millis);
        copy.process(entry);
    }

    /** Null where nothing was changed: then nothing is to be copied. */
    @Override
    @SuppressWarnings({"unchecked", "rawtypes"}) // What the copy answers is heard by nobody.
    public @Nullable EntryProcessor<String, NamedCall, NamedCall> getBackupProcessor() {
        return (EntryProcessor) copy;
    }

    @Override
    public void setHazelcastInstance(HazelcastInstance instance) {
        here = instance;
    }

    @Override
    public int getFactoryId() {
        return ClusterTypes.FACTORY;
    }

    @Override
    public int getClassId() {
        return ClusterTypes.SETTLE_CALL;
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        out.writeByte(what.ordinal());
        out.writeString(fingerprint);
        out.writeString(owner);
        out.writeString(node);
        out.writeByteArray(answer);
        out.writeLong(keepMillis);
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        what = ALL[in.readByte()];
        fingerprint = text(in.readString());
        owner = text(in.readString());
        node = text(in.readString());
        answer = in.readByteArray();
        keepMillis = in.readLong();
    }

    private static String text(@Nullable String read) {
        return read == null ? "" : read;
    }
}
