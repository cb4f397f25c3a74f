// SPDX-License-Identifier: Apache-2.0
package dev.penstock.idempotency;

import dev.penstock.exchange.Target;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An answer with status 200 as a client got it.
 *
 * @param stream whether it was one of events, rather than whole
 * @param target where it came from, or null
 * @param upstreamRequestId the provider's own id of the request, or null
 * @param dropped what the client was told to have been left out of the request
 * @param body all bytes of it; not to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // Nobody compares it, and a copy would double an answer.
public record KeptAnswer(
        boolean stream, @Nullable Target target, @Nullable String upstreamRequestId, Set<String> dropped, byte[] body) {

    /** Of the form below. A node that does not know it makes the call again. */
    private static final int FORM = 1;

    private static final int LONGEST_TEXT = 1 << 16;

    public KeptAnswer {
        dropped = java.util.Collections.unmodifiableSet(new LinkedHashSet<>(dropped));
    }

    /** As a store keeps it. */
    byte[] toBytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(body.length + 256);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(FORM);
            out.writeBoolean(stream);
            text(out, target == null ? null : target.provider());
            text(out, target == null ? null : target.model());
            text(out, upstreamRequestId);
            out.writeInt(dropped.size());
            for (String name : dropped) {
                text(out, name);
            }
            out.write(body);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** What was kept, or null where it is of a form that is not known here. */
    static @Nullable KeptAnswer of(byte[] kept) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(kept))) {
            if (in.readByte() != FORM) {
                return null;
            }
            boolean stream = in.readBoolean();
            String provider = text(in);
            String model = text(in);
            String upstreamRequestId = text(in);
            Set<String> dropped = new LinkedHashSet<>();
            for (int left = in.readInt(); left > 0; left--) {
                String name = text(in);
                if (name != null) {
                    dropped.add(name);
                }
            }
            Target target = provider == null || model == null ? null : new Target(provider, model);
            return new KeptAnswer(stream, target, upstreamRequestId, dropped, in.readAllBytes());
        } catch (IOException | IllegalArgumentException e) {
            return null;
        }
    }

    private static void text(DataOutputStream out, @Nullable String text) throws IOException {
        if (text == null) {
            out.writeInt(-1);
            return;
        }
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static @Nullable String text(DataInputStream in) throws IOException {
        int length = in.readInt();
        if (length < 0) {
            return null;
        }
        if (length > LONGEST_TEXT) {
            throw new IOException("too long");
        }
        return new String(in.readNBytes(length), StandardCharsets.UTF_8);
    }
}
