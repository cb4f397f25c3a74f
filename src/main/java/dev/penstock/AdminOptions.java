// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import java.net.URI;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Where the running gateway is that a command speaks to. */
final class AdminOptions {

    @Mixin
    FileOptions files = new FileOptions();

    @Option(
            names = "--admin",
            paramLabel = "URL",
            description =
                    "Admin address of the gateway. Default: the configured one. The token is server.admin_token of the file, or the variable PENSTOCK_ADMIN_TOKEN.")
    @Nullable
    URI admin;

    AdminCall call(Cli cli) {
        return new AdminCall(cli, files.files, admin);
    }
}
