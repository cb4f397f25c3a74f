// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.config.LoadResult;
import dev.penstock.config.Setting;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Prints what really holds after defaults, files and variables, one key per line. Secrets are never printed. */
@Command(name = "config", description = "Print each effective value.")
final class ConfigCommand implements Callable<Integer> {

    private final Cli cli;

    @Mixin
    private FileOptions files = new FileOptions();

    @Mixin
    private CommonOptions common = new CommonOptions();

    @Option(names = "--origin", description = "Also print where each value came from.")
    private boolean origin;

    ConfigCommand(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() {
        return switch (cli.loader(files.files, null).load()) {
            case LoadResult.Invalid invalid -> cli.refuse(invalid, common.output);
            case LoadResult.Loaded loaded -> print(loaded.settings());
        };
    }

    private int print(List<Setting> settings) {
        if (common.isJson()) {
            cli.out().println(Cli.json(settings.stream().map(this::toMap).toList()));
        } else {
            settings.forEach(s -> cli.out().println(s + (origin ? "   # " + s.origin() : "")));
        }
        return ExitCode.OK.code;
    }

    private Map<String, Object> toMap(Setting setting) {
        Map<String, Object> map = new LinkedHashMap<>(setting.toMap());
        if (!origin) {
            map.remove("origin");
        }
        return map;
    }
}
