// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit;

import java.time.Duration;

/**
 * The simulated provider as a program of its own, so that it can be killed, stopped and brought back while others use it:
 *
 * <pre>ProviderProgram NAME PORT [GAP_MILLIS [HOST]]</pre>
 *
 * <p>Answers chat completions of any model by {@link PromptedAnswer}. Port 0 is any free one. The line on stderr that begins with
 * {@code API} says where it listens; it ends when its process does.
 */
public final class ProviderProgram {

    private ProviderProgram() {}

    public static void main(String[] args) {
        if (args.length < 2) {
            System.err.println("usage: ProviderProgram NAME PORT [GAP_MILLIS [HOST]]");
            System.exit(64);
        }
        Duration gap = Duration.ofMillis(args.length > 2 ? Long.parseLong(args[2]) : 10);
        ProviderSimulator simulator = ProviderSimulator.builder()
                .port(Integer.parseInt(args[1]))
                .host(args.length > 3 ? args[3] : "127.0.0.1")
                .otherwise(PromptedAnswer.every(gap))
                .withoutLog()
                .start();
        System.err.println(
                "Provider " + args[0] + ", process " + ProcessHandle.current().pid());
        System.err.println("  API    " + simulator.baseUrl());
    }
}
