// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes, shows, replaces and revokes the keys of callers, at the running gateway. */
@Command(
        name = "keys",
        description = {
            "Make, list, rotate and revoke the keys of callers, at the running gateway.",
            "A key is shown once, when it is made."
        })
final class KeysCommand extends GroupCommand {

    private static final String PATH = "/admin/v1/keys";

    KeysCommand(Cli cli) {
        super(cli, "create, list, rotate and revoke");
    }

    @Command(name = "create", description = "Make a key.")
    int create(
            @Mixin GatewayOptions gateway,
            @Option(names = "--tenant", paramLabel = "NAME", description = "Whose it is.") @Nullable String tenant,
            @Option(names = "--role", paramLabel = "NAME", description = "What it may do. Default: call all models.")
                    @Nullable
                    String role,
            @Option(
                            names = "--expires",
                            paramLabel = "WHEN",
                            description =
                                    "A date (its beginning in UTC) or a date with time and offset. Default: never.")
                    @Nullable
                    String expires,
            @Option(names = "--models", paramLabel = "NAME", split = ",", description = "Only these models.") @Nullable
                    List<String> models,
            @Option(names = "--features", paramLabel = "NAME", split = ",", description = "Only these features.")
                    @Nullable
                    List<String> features,
            @Option(names = "--ips", paramLabel = "NETWORK", split = ",", description = "Only from these networks.")
                    @Nullable
                    List<String> ips)
            throws InterruptedException {
        JsonObject wish = new JsonObject();
        put(wish, "tenant", tenant);
        put(wish, "role", role);
        put(wish, "expires", expires);
        put(wish, "models", models == null ? null : new JsonArray(models));
        put(wish, "features", features == null ? null : new JsonArray(features));
        put(wish, "ips", ips == null ? null : new JsonArray(ips));
        return gateway.send(cli, "POST", PATH, wish, this::printMade);
    }

    @Command(name = "list", description = "List all keys, without their secrets.")
    int list(@Mixin GatewayOptions gateway) throws InterruptedException {
        return gateway.send(cli, "GET", PATH, null, answer -> answer.getJsonArray("keys", new JsonArray())
                .forEach(key -> cli.out().println(line((JsonObject) key))));
    }

    @Command(name = "rotate", description = "Make a key that takes the place of another; both are valid for a time.")
    int rotate(
            @Mixin GatewayOptions gateway,
            @Parameters(paramLabel = "ID", description = "Public id of the key.") String id,
            @Option(
                            names = "--overlap",
                            paramLabel = "TIME",
                            description = "How long both are valid, such as 0s, 30m or 7d. Default: 24h.")
                    @Nullable
                    String overlap)
            throws InterruptedException {
        JsonObject wish = new JsonObject();
        put(wish, "overlap", overlap);
        return gateway.send(cli, "POST", PATH + "/" + AdminCall.segment(id) + "/rotate", wish, answer -> {
            printMade(answer);
            cli.err().println("Key " + id + " is valid until " + answer.getString("old_valid_until") + ".");
        });
    }

    @Command(name = "revoke", description = "Take a key back: it is refused at once, and what it streams ends.")
    int revoke(
            @Mixin GatewayOptions gateway,
            @Parameters(paramLabel = "ID", description = "Public id of the key.") String id)
            throws InterruptedException {
        return gateway.send(cli, "DELETE", PATH + "/" + AdminCall.segment(id), null, answer -> cli.out()
                .println("revoked " + answer.getString("id")));
    }

    /** The key alone on the output stream, so that a script can take it; the rest is for a person. */
    private void printMade(JsonObject answer) {
        cli.err().println("Key " + answer.getString("id") + ". It is shown only now:");
        cli.out().println(answer.getString("key"));
        if (answer.getString("notice") != null) {
            cli.err().println(answer.getString("notice"));
        }
    }

    private static String line(JsonObject key) {
        StringBuilder line = new StringBuilder(key.getString("id"))
                .append("  ")
                .append(key.getString("state"))
                .append("  tenant ")
                .append(orDash(key.getString("tenant")))
                .append("  role ")
                .append(orDash(key.getString("role")))
                .append("  from ")
                .append(key.getString("source"));
        if (key.getString("expires") != null) {
            line.append("  until ").append(key.getString("expires"));
        }
        return line.append("  last used ")
                .append(orDash(key.getString("last_used")))
                .toString();
    }

    private static String orDash(@Nullable String text) {
        return text == null || text.isEmpty() ? "-" : text;
    }

    private static void put(JsonObject wish, String name, @Nullable Object value) {
        if (value != null) {
            wish.put(name, value);
        }
    }
}
