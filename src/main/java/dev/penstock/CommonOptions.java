// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import picocli.CommandLine.Option;

/** What every command understands. */
final class CommonOptions {

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            description = "text (for people, the default) or json (for programs)")
    OutputFormat output = OutputFormat.TEXT;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    boolean help;

    boolean isJson() {
        return output == OutputFormat.JSON;
    }
}
