// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** Where the configuration is. */
final class FileOptions {

    @Option(
            names = {"-f", "--file"},
            paramLabel = "FILE",
            description =
                    "Configuration file, or a folder with *.yaml; may be given several times, later ones win. "
                            + "Without it: the variable PENSTOCK_CONFIG, else penstock.yaml in the working directory, if it exists.")
    List<Path> files = new ArrayList<>();
}
