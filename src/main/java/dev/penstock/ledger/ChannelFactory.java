// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;

/** How the journal opens what it writes: the file system's own way, or that of a test whose disk is full. */
@FunctionalInterface
interface ChannelFactory {

    FileChannel open(Path file, OpenOption... options) throws IOException;
}
