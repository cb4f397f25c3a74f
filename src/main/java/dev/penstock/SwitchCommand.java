// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.exchange.SwitchRule;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Flips switches of the running gateway, and through it those of its whole cluster. */
@Command(
        name = "switch",
        description = {
            "Switch the gateway, a tenant, a feature, a model, a provider or a key on and off, at run time.",
            "Objects are gateway, tenant.<name>, feature.<name>, model.<name>, provider.<name> and key.<name>."
        })
final class SwitchCommand {

    private static final String PATH = "/admin/v1/switches";

    private final Cli cli;

    @Mixin
    private CommonOptions common = new CommonOptions();

    SwitchCommand(Cli cli) {
        this.cli = cli;
    }

    @Command(name = "list", description = "Show how all switches stand that somebody has spoken of.")
    int list(@Mixin GatewayOptions gateway) throws InterruptedException {
        return gateway.after(common).send(cli, "GET", PATH, null, answer -> {
            List<JsonObject> switches = answer.getJsonArray("switches", new JsonArray()).stream()
                    .map(JsonObject.class::cast)
                    .toList();
            int widest = switches.stream()
                    .mapToInt(each -> each.getString("object").length())
                    .max()
                    .orElse(1);
            switches.forEach(each -> cli.out().println(line(each, widest)));
        });
    }

    @Command(
            name = "disable",
            description = "Refuse calls of an object from now on, and end its open streams with an error.")
    int disable(
            @Mixin GatewayOptions gateway,
            @Mixin Scope scope,
            @Parameters(paramLabel = "OBJECT", description = "Such as model.chat.") String object,
            @Option(
                            names = "--grace",
                            paramLabel = "SPAN",
                            description = "How much longer open streams may run. Default: 0s")
                    @Nullable
                    String grace)
            throws InterruptedException {
        JsonObject wish = scope.wish("disabled");
        if (grace != null) {
            wish.put("grace", grace);
        }
        return one(gateway, "PUT", object, wish);
    }

    @Command(name = "enable", description = "Let calls of an object through from now on, whatever the file says.")
    int enable(
            @Mixin GatewayOptions gateway,
            @Mixin Scope scope,
            @Parameters(paramLabel = "OBJECT", description = "Such as model.chat.") String object)
            throws InterruptedException {
        return one(gateway, "PUT", object, scope.wish("enabled"));
    }

    @Command(name = "clear", description = "Take a live flip back, so that the file holds again.")
    int clear(
            @Mixin GatewayOptions gateway,
            @Parameters(paramLabel = "OBJECT", description = "Such as model.chat.") String object)
            throws InterruptedException {
        return one(gateway, "DELETE", object, null);
    }

    /** For whom, until when and why. */
    static final class Scope {

        @Option(
                names = "--reason",
                paramLabel = "TEXT",
                description = "Why, in words for those who are refused. Shown to clients.")
        @Nullable
        String reason;

        @Option(
                names = "--until",
                paramLabel = "TIME",
                description =
                        "When the file holds again: a span such as 2h, or a moment such as 2026-12-01T08:00:00Z. Default: never.")
        @Nullable
        String until;

        @Option(
                names = "--percent",
                paramLabel = "N",
                description = "For this share of the callers only; a user is always on the same side of it.")
        @Nullable
        Integer percent;

        @Option(
                names = "--tenants",
                paramLabel = "NAME",
                split = ",",
                description = "For these customers only, separated by commas.")
        @Nullable
        List<String> tenants;

        @Option(
                names = "--force",
                description = "Also where the gateway does not know the object, as a key that is not there yet.")
        boolean force;

        JsonObject wish(String state) {
            JsonObject wish = new JsonObject().put("state", state);
            if (reason != null) {
                wish.put("reason", reason);
            }
            if (until != null) {
                wish.put("until", until);
            }
            if (percent != null) {
                wish.put("percent", percent);
            }
            if (tenants != null) {
                wish.put("tenants", new JsonArray(tenants));
            }
            return force ? wish.put("force", true) : wish;
        }
    }

    private int one(GatewayOptions gateway, String method, String object, @Nullable JsonObject wish)
            throws InterruptedException {
        return gateway.after(common).send(cli, method, PATH + "/" + AdminCall.segment(object), wish, answer -> {
            cli.out().println(line(answer, 1));
            if (!answer.getBoolean("stored", true)) {
                cli.err().println("penstock: the store did not keep it: it holds now, a restart may forget it");
            }
        });
    }

    private static String line(JsonObject each, int widest) {
        String until = each.getString("until");
        SwitchRule rule = new SwitchRule(
                "enabled".equals(each.getString("state")),
                each.getInteger("percent", 100),
                each.getJsonArray("tenants", new JsonArray()).stream()
                        .map(String::valueOf)
                        .toList(),
                each.getString("reason", ""),
                until == null ? null : Instant.parse(until));
        String line = String.format(Locale.ROOT, "%-" + widest + "s  %s", each.getString("object"), rule.inWords());
        return each.getBoolean("live", false)
                ? line + "  (live, by " + each.getString("by") + " at " + each.getString("at") + ")"
                : line;
    }
}
