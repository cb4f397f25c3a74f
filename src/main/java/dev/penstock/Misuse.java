// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A command line that makes no sense for the command that has this: who gave it sees why, and how the command is used. */
@Command
final class Misuse {

    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec command;

    ParameterException because(String why) {
        if (command == null) {
            throw new IllegalStateException("picocli sets the spec before it calls");
        }
        return new ParameterException(command.commandLine(), why);
    }
}
