// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.List;

/** A disk with so much room, and moods: what does not fit is written as far as it fits, as a real one does. */
final class FullDisk implements ChannelFactory {

    private volatile long room = Long.MAX_VALUE;
    private volatile boolean truncates = true;
    private volatile boolean syncs = true;

    void room(long bytes) {
        room = bytes;
    }

    /** Whether files can be cut back. */
    void truncates(boolean can) {
        truncates = can;
    }

    void syncs(boolean can) {
        syncs = can;
    }

    @Override
    public FileChannel open(Path file, OpenOption... options) throws IOException {
        return new Limited(FileChannel.open(file, options));
    }

    private final class Limited extends FileChannel {

        private final FileChannel to;

        Limited(FileChannel to) {
            this.to = to;
        }

        @Override
        public int write(ByteBuffer bytes) throws IOException {
            return fitting(bytes, to::write);
        }

        @Override
        public int write(ByteBuffer bytes, long position) throws IOException {
            return fitting(bytes, part -> to.write(part, position));
        }

        @Override
        public long write(ByteBuffer[] all, int offset, int length) throws IOException {
            long written = 0;
            for (ByteBuffer bytes : List.of(all).subList(offset, offset + length)) {
                written += write(bytes);
                if (bytes.hasRemaining()) {
                    break;
                }
            }
            return written;
        }

        @Override
        public long transferFrom(ReadableByteChannel source, long position, long count) throws IOException {
            long written = to.transferFrom(source, position, Math.min(count, left()));
            took(written);
            return written;
        }

        private int fitting(ByteBuffer bytes, Write write) throws IOException {
            int limit = bytes.limit();
            bytes.limit(bytes.position() + (int) Math.min(bytes.remaining(), left()));
            int written = write.of(bytes);
            bytes.limit(limit);
            took(written);
            return written;
        }

        private long left() throws IOException {
            if (room <= 0) {
                throw new IOException("No space left on device");
            }
            return room;
        }

        private void took(long bytes) {
            room = room == Long.MAX_VALUE ? room : room - bytes;
        }

        @Override
        public FileChannel truncate(long size) throws IOException {
            if (!truncates) {
                throw new IOException("Input/output error");
            }
            return to.truncate(size);
        }

        @Override
        public void force(boolean metaData) throws IOException {
            if (!syncs) {
                throw new IOException("Input/output error");
            }
            to.force(metaData);
        }

        @Override
        public FileChannel position(long position) throws IOException {
            return to.position(position);
        }

        @Override
        public long position() throws IOException {
            return to.position();
        }

        @Override
        public long size() throws IOException {
            return to.size();
        }

        @Override
        protected void implCloseChannel() throws IOException {
            to.close();
        }

        @Override
        public int read(ByteBuffer bytes) throws IOException {
            return to.read(bytes);
        }

        @Override
        public long read(ByteBuffer[] all, int offset, int length) throws IOException {
            return to.read(all, offset, length);
        }

        @Override
        public int read(ByteBuffer bytes, long position) throws IOException {
            return to.read(bytes, position);
        }

        @Override
        public long transferTo(long position, long count, WritableByteChannel target) throws IOException {
            return to.transferTo(position, count, target);
        }

        @Override
        public MappedByteBuffer map(MapMode mode, long position, long size) throws IOException {
            return to.map(mode, position, size);
        }

        @Override
        public FileLock lock(long position, long size, boolean shared) throws IOException {
            return to.lock(position, size, shared);
        }

        @Override
        public FileLock tryLock(long position, long size, boolean shared) throws IOException {
            return to.tryLock(position, size, shared);
        }
    }

    @FunctionalInterface
    private interface Write {

        int of(ByteBuffer bytes) throws IOException;
    }
}
