// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
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
    int list(@Mixin GatewayOptions gateway) throws InterruptedException {
        return gateway.after(common).send(cli, "GET", PATH, null, answer -> {
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
    int test(@Mixin GatewayOptions gateway) throws InterruptedException {
        JsonObject told = new JsonObject();
        int code = gateway.at.call(cli).send("POST", PATH + "/test", null, told::mergeIn);
        if (code != ExitCode.OK.code) {
            return code;
        }
        List<JsonObject> results = objects(told, "results");
        if (results.isEmpty()) {
            cli.err().println("penstock: alerts.to is empty, there is nobody to tell");
        }
        gateway.after(common).print(cli, told, answer -> results.forEach(this::print));
        return !results.isEmpty() && results.stream().allMatch(AlertCommand::isOk)
                ? ExitCode.OK.code
                : ExitCode.FAILURE.code;
    }

    private void print(JsonObject result) {
        cli.out()
                .println((isOk(result) ? "ok    " : "FAILED") + "  " + result.getString("type") + "  "
                        + result.getString("detail"));
    }

    private static boolean isOk(JsonObject result) {
        return result.getBoolean("ok", false);
    }

    private static List<JsonObject> objects(JsonObject answer, String name) {
        return answer.getJsonArray(name, new JsonArray()).stream()
                .map(JsonObject.class::cast)
                .toList();
    }
}
