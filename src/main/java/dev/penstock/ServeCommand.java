// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.config.ConfigLoader;
import dev.penstock.config.LoadResult;
import dev.penstock.config.Secret;
import java.net.BindException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Starts the gateway and stays until it has stopped. What a person needs goes to the error stream, because the output stream
 * belongs to the request log.
 */
@Command(name = "serve", description = "Start the gateway. This is what happens without a command.")
final class ServeCommand implements Callable<Integer> {

    private final Cli cli;

    @Mixin
    private FileOptions files = new FileOptions();

    @Mixin
    private CommonOptions common = new CommonOptions();

    @Option(
            names = "--generate-key",
            description = "If no key is configured, make one that callers must send, and print it once.")
    private boolean generateKey;

    ServeCommand(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() throws Exception {
        Secret key = generateKey ? GeneratedKey.make(cli.random()) : null;
        ConfigLoader loader = cli.loader(files.files, key);
        return switch (loader.load()) {
            case LoadResult.Invalid invalid -> cli.refuse(invalid, common.output);
            case LoadResult.Loaded loaded -> serve(loader, loaded, key);
        };
    }

    private int serve(ConfigLoader loader, LoadResult.Loaded loaded, @Nullable Secret key) throws Exception {
        RunningGateway gateway;
        try {
            gateway = cli.starter().start(loaded.snapshot(), loader::load);
        } catch (Exception e) {
            cli.err().println("cannot start: " + reason(e));
            return ExitCode.CANNOT_START.code;
        }
        boolean keyUsed = key != null && loaded.originOf("server.api_key").equals("--generate-key");
        Banner banner =
                new Banner(loaded, gateway.api(), gateway.admin(), keyUsed ? key : null, generateKey && !keyUsed);
        try (ConfigWatcher watcher = ConfigWatcher.start(loader::fingerprint, gateway::reload)) {
            // Before the banner: whoever has read that it is ready may send a signal, and an unhandled one is the end.
            Signals.onHangup(watcher::reloadSoon);
            cli.err().println(common.isJson() ? Cli.json(banner.toMap()) : banner.text());
            cli.err().flush();
            gateway.awaitStop();
        }
        return gateway.exitCode();
    }

    private static String reason(Exception e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof BindException) {
                return cause.getMessage() + ". Another process may hold the port: set server.port and server.admin, or"
                        + " PENSTOCK__SERVER__PORT and PENSTOCK__SERVER__ADMIN, to free ones.";
            }
        }
        return e.getMessage() == null ? e.toString() : e.getMessage();
    }
}
