// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Shows the alerts of the running gateway, and tries whether people would hear of them. */
@Command(name = "alert", description = "Show what people are told of, and try whether they would hear of it.")
final class AlertCommand {

    private static final String PATH = "/admin/v1/alerts";

    private final Cli cli;

    @Mixin
    private CommonOptions common = new CommonOptions();

    AlertCommand(Cli cli) {
        this.cli = cli;
    }

    @Command(name = "list", description = "Show the alerts that are on.")
    int list(@Mixin AdminOptions where, @Mixin CommonOptions how) throws InterruptedException {
        return call(where, how, "GET", PATH, always -> {}, answer -> {
            List<JsonObject> on = objects(answer, "on");
            if (on.isEmpty()) {
                int receivers = answer.getJsonArray("to", new JsonArray()).size();
                cli.out()
                        .println(receivers == 0 ? "Nobody is told of anything: alerts.to is empty." : "Nothing is on.");
            }
            on.forEach(alert -> cli.out()
                    .println(alert.getString("severity") + "  " + alert.getString("rule") + "  "
                            + alert.getString("summary") + "  since " + alert.getString("since")));
        });
    }

    @Command(
            name = "test",
            description = {
                "Send a notice, marked as a test, to every receiver of the configuration in force.",
                "Exit code 1 when one of them did not take it."
            })
    int test(@Mixin AdminOptions where, @Mixin CommonOptions how) throws InterruptedException {
        AtomicBoolean ok = new AtomicBoolean(true);
        Consumer<JsonObject> judge = answer -> {
            List<JsonObject> results = objects(answer, "results");
            if (results.isEmpty()) {
                cli.err().println("penstock: alerts.to is empty, there is nobody to tell");
            }
            ok.set(!results.isEmpty() && results.stream().allMatch(one -> one.getBoolean("ok", false)));
        };
        int code = call(where, how, "POST", PATH + "/test", judge, answer -> {
            objects(answer, "results").forEach(one -> {
                cli.out()
                        .println((one.getBoolean("ok", false) ? "ok    " : "FAILED") + "  " + one.getString("type")
                                + "  " + one.getString("detail"));
            });
        });
        return code == ExitCode.OK.code && !ok.get() ? ExitCode.FAILURE.code : code;
    }

    private static List<JsonObject> objects(JsonObject answer, String name) {
        return answer.getJsonArray(name, new JsonArray()).stream()
                .map(JsonObject.class::cast)
                .toList();
    }

    private int call(
            AdminOptions where,
            CommonOptions how,
            String method,
            String path,
            Consumer<JsonObject> always,
            Consumer<JsonObject> people)
            throws InterruptedException {
        boolean json = common.output == OutputFormat.JSON || how.output == OutputFormat.JSON;
        return new AdminCall(cli, where.files.files, where.admin).send(method, path, null, answer -> {
            always.accept(answer);
            if (json) {
                cli.out().println(Cli.json(answer.getMap()));
            } else {
                people.accept(answer);
            }
        });
    }
}
