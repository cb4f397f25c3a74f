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
            long fits = room;
            if (fits <= 0) {
                throw new IOException("No space left on device");
            }
            int limit = bytes.limit();
            if (bytes.remaining() > fits) {
                bytes.limit(bytes.position() + (int) fits);
            }
            int written = to.write(bytes);
            bytes.limit(limit);
            room = fits == Long.MAX_VALUE ? fits : fits - written;
            return written;
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
        public int read(ByteBuffer bytes) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long read(ByteBuffer[] bytes, int offset, int length) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long write(ByteBuffer[] bytes, int offset, int length) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long transferTo(long position, long count, WritableByteChannel target) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long transferFrom(ReadableByteChannel source, long position, long count) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int read(ByteBuffer bytes, long position) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int write(ByteBuffer bytes, long position) {
            throw new UnsupportedOperationException();
        }

        @Override
        public MappedByteBuffer map(MapMode mode, long position, long size) {
            throw new UnsupportedOperationException();
        }

        @Override
        public FileLock lock(long position, long size, boolean shared) {
            throw new UnsupportedOperationException();
        }

        @Override
        public FileLock tryLock(long position, long size, boolean shared) {
            throw new UnsupportedOperationException();
        }
    }
}
