// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.logging.log4j.LogManager;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * The command line. Without a command it serves, so that {@code java -jar penstock.jar} alone starts a gateway. Commands get
 * environment, streams, gateway and chance from outside; only {@link #main} touches the process.
 */
@Command(
        name = "penstock",
        description = "The open gate in front of language models.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "[serve | COMMAND]")
public final class Main {

    private static final Set<String> ROOT_OPTIONS = Set.of("-h", "--help", "-V", "--version");

    private static final String COMMON_POOL = "java.util.concurrent.ForkJoinPool.common.parallelism";

    private Main() {}

    public static void main(String[] args) {
        prepareProcess();
        PrintWriter out = new PrintWriter(new OutputStreamWriter(System.out, StandardCharsets.UTF_8), true);
        PrintWriter err = new PrintWriter(new OutputStreamWriter(System.err, StandardCharsets.UTF_8), true);
        int code = run(args, environment(), out, err, (snapshot, reload) -> {
            Gateway gateway = Gateway.start(snapshot, reload, Gateway.Options.fromSystemProperties());
            Signals.onTerminate(gateway::stop);
            return gateway;
        });
        LogManager.shutdown();
        System.exit(code);
    }

    /** With a home also where only the JDK knows of one. */
    private static Map<String, String> environment() {
        Map<String, String> env = new HashMap<>(System.getenv());
        String home = System.getProperty("user.home");
        if (home != null) {
            env.putIfAbsent("HOME", home);
        }
        return env;
    }

    /**
     * The log system takes longer to start than anything else, so it starts beside the rest and before the first class of the
     * stack is loaded.
     */
    private static void prepareProcess() {
        // On one or two cores Hazelcast would start a thread for each of its callbacks. Read once, before the pool is
        // first used.
        if (System.getProperty(COMMON_POOL) == null && Runtime.getRuntime().availableProcessors() <= 2) {
            System.setProperty(COMMON_POOL, "2");
        }
        Thread.ofPlatform().daemon().name("penstock-log-start").start(() -> LogManager.getLogger(Main.class));
    }

    /** Runs one command and returns the exit code. */
    static int run(String[] args, Map<String, String> env, PrintWriter out, PrintWriter err, GatewayStarter starter) {
        return run(args, new Cli(env, Path.of(""), out, err, starter, new SecureRandom()));
    }

    static int run(String[] args, Cli cli) {
        return commandLine(cli).execute(withDefaultCommand(args));
    }

    private static String[] withDefaultCommand(String[] args) {
        boolean asksTheRoot = args.length > 0 && (!args[0].startsWith("-") || ROOT_OPTIONS.contains(args[0]));
        return asksTheRoot
                ? args
                : Stream.concat(Stream.of("serve"), Stream.of(args)).toArray(String[]::new);
    }

    static CommandLine commandLine(Cli cli) {
        CommandLine line = new CommandLine(new Main())
                .addSubcommand("serve", new ServeCommand(cli))
                .addSubcommand("check", new CheckCommand(cli))
                .addSubcommand("config", new ConfigCommand(cli))
                .addSubcommand("schema", new SchemaCommand(cli))
                .addSubcommand("health", new HealthCommand(cli))
                .addSubcommand("explain", new ExplainCommand(cli))
                .addSubcommand("switch", new SwitchCommand(cli))
                .addSubcommand("alert", new AlertCommand(cli))
                .addSubcommand("keys", new KeysCommand(cli))
                .addSubcommand("usage", new UsageCommand(cli))
                .addSubcommand("reconcile", new ReconcileCommand(cli))
                .addSubcommand("audit", new AuditCommand(cli))
                .addSubcommand("version", new VersionCommand(cli))
                .addSubcommand("generate-completion", new AutoComplete.GenerateCompletion())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setOut(cli.out())
                .setErr(cli.err())
                .setExecutionExceptionHandler((problem, command, parsed) -> {
                    cli.err().println("penstock: " + problem);
                    return ExitCode.FAILURE.code;
                });
        line.getCommandSpec().version("penstock " + Version.number());
        explainExitCodes(line);
        line.getSubcommands().values().forEach(Main::explainExitCodes);
        return line;
    }

    private static void explainExitCodes(CommandLine line) {
        line.getCommandSpec()
                .usageMessage()
                .exitCodeListHeading("%nExit codes:%n")
                .exitCodeList(ExitCode.list());
    }
}
