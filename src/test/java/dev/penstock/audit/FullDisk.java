// SPDX-License-Identifier: Apache-2.0
package dev.penstock.audit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A disk on which there is room for some more bytes, and then writes stop in the middle. */
final class FullDisk implements Disk {

    volatile long room = Long.MAX_VALUE;
    /** Written, and then the medium says no. */
    volatile boolean failsToForce;
    /** What goes wrong with every write; null for nothing. */
    volatile @Nullable RuntimeException fault;

    @Override
    public void append(FileChannel file, byte[] bytes) throws IOException {
        RuntimeException wrong = fault;
        if (wrong != null) {
            throw wrong;
        }
        if (bytes.length > room) {
            file.write(ByteBuffer.wrap(Arrays.copyOf(bytes, (int) room)));
            room = 0;
            throw new IOException("No space left on device");
        }
        Disk.REAL.append(file, bytes);
        room -= bytes.length;
        if (failsToForce) {
            throw new IOException("Input/output error");
        }
    }
}
