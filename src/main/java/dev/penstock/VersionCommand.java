// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Prints what is running, for reports and bug reports. */
@Command(name = "version", description = "Print the version of Penstock and of the Java that runs it.")
final class VersionCommand implements Callable<Integer> {

    private final Cli cli;

    @Mixin
    private CommonOptions common = new CommonOptions();

    VersionCommand(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() {
        String java = Runtime.version().toString();
        if (common.isJson()) {
            Map<String, Object> answer = new LinkedHashMap<>();
            answer.put("version", Version.number());
            answer.put("java", java);
            cli.out().println(Cli.json(answer));
        } else {
            cli.out().println("penstock " + Version.number() + ", Java " + java);
        }
        return ExitCode.OK.code;
    }
}
