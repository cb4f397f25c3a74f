// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A command that does nothing without one of the commands under it. */
abstract class GroupCommand implements Runnable {

    final Cli cli;

    @Mixin
    final Misuse misuse = new Misuse();

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    boolean help;

    private final String members;

    /** @param members the commands under it, such as {@code list and revoke} */
    GroupCommand(Cli cli, String members) {
        this.cli = cli;
        this.members = members;
    }

    @Override
    public final void run() {
        throw misuse.because("one of " + members + " is needed");
    }
}
