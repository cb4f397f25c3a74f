// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.config.ConfigSchema;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Prints the schema that editors use for completion. It is JSON in either output format. */
@Command(name = "schema", description = "Print the JSON Schema of the configuration file.")
final class SchemaCommand implements Callable<Integer> {

    private final Cli cli;

    @Mixin
    CommonOptions common = new CommonOptions();

    SchemaCommand(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() {
        cli.out().print(ConfigSchema.text());
        cli.out().flush();
        return ExitCode.OK.code;
    }
}
