// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import io.vertx.core.json.JsonObject;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;

/** What every command understands that asks the running gateway and tells its answer to people and to programs. */
final class GatewayOptions {

    @Mixin
    AdminOptions at = new AdminOptions();

    @Mixin
    CommonOptions common = new CommonOptions();

    /** {@code penstock switch -o json list} is as good as {@code penstock switch list -o json}. */
    GatewayOptions after(CommonOptions before) {
        if (before.isJson()) {
            common.output = OutputFormat.JSON;
        }
        return this;
    }

    /**
     * Sends one request and prints the answer.
     *
     * @param body null for none
     * @param words prints it for people
     * @return the exit code
     */
    int send(Cli cli, String method, String path, @Nullable JsonObject body, Consumer<JsonObject> words)
            throws InterruptedException {
        return at.call(cli).send(method, path, body, answer -> print(cli, answer, words));
    }

    /** Prints an answer: as it came for programs, in words for people. */
    void print(Cli cli, JsonObject answer, Consumer<JsonObject> words) {
        if (common.isJson()) {
            cli.out().println(Cli.json(answer.getMap()));
        } else {
            words.accept(answer);
        }
    }
}
