// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.config.LoadResult;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Says whether a gateway would start with this configuration, and everything that is wrong with it. */
@Command(name = "check", description = "Check the configuration and print every problem with its place.")
final class CheckCommand implements Callable<Integer> {

    private final Cli cli;

    @Mixin
    private FileOptions files = new FileOptions();

    @Mixin
    private CommonOptions common = new CommonOptions();

    CheckCommand(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() {
        return switch (cli.loader(files.files, null).load()) {
            case LoadResult.Invalid invalid -> cli.refuse(invalid, common.output);
            case LoadResult.Loaded loaded -> accept(loaded);
        };
    }

    private int accept(LoadResult.Loaded loaded) {
        int providers = loaded.snapshot().providers().size();
        int models = loaded.snapshot().models().size() - 1;
        if (common.isJson()) {
            Map<String, Object> answer = new LinkedHashMap<>();
            answer.put("valid", true);
            answer.put("version", loaded.snapshot().version());
            answer.put("providers", providers);
            answer.put("models", models);
            answer.put("notices", loaded.notices());
            cli.out().println(Cli.json(answer));
        } else {
            cli.out().println("ok: providers " + providers + ", models " + models);
            loaded.notices().forEach(cli.out()::println);
        }
        return ExitCode.OK.code;
    }
}
