// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.config.LoadResult;
import dev.penstock.config.ServerConfig;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Asks a running gateway whether it is ready. For health checks of containers that have no curl in them. */
@Command(name = "health", description = "Ask a running gateway whether it is ready (GET /readyz).")
final class HealthCommand implements Callable<Integer> {

    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private final Cli cli;

    @Mixin
    private Misuse misuse = new Misuse();

    @Mixin
    private FileOptions files = new FileOptions();

    @Mixin
    private CommonOptions common = new CommonOptions();

    @Option(
            names = "--url",
            paramLabel = "URL",
            description =
                    "Where the gateway is; without a path, /readyz is asked. Default: the configured admin address.")
    private @Nullable URI url;

    HealthCommand(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() throws InterruptedException {
        URI asked = withPath(url != null ? url : configured());
        try (HttpClient client =
                HttpClient.newBuilder().connectTimeout(PATIENCE).build()) {
            HttpRequest request =
                    HttpRequest.newBuilder(asked).timeout(PATIENCE).GET().build();
            int status = client.send(request, BodyHandlers.discarding()).statusCode();
            return report(asked, status / 100 == 2, "status " + status);
        } catch (IOException e) {
            return report(asked, false, "no answer (" + e.getClass().getSimpleName() + ")");
        } catch (IllegalArgumentException e) {
            throw misuse.because("--url: not an http or https URL: " + asked);
        }
    }

    /** A gateway that runs was started with a right configuration; a wrong file of today does not move its address. */
    private URI configured() {
        ServerConfig server = cli.loader(files.files, null).load() instanceof LoadResult.Loaded loaded
                ? loaded.snapshot().server()
                : ServerConfig.defaults();
        InetSocketAddress admin = server.admin();
        if (admin.getPort() == 0) {
            throw misuse.because("server.admin has port 0, so only the gateway knows its port: use --url");
        }
        return URI.create("http://" + Banner.authority(admin, admin));
    }

    private static URI withPath(URI uri) {
        boolean bare = uri.getRawPath() == null
                || uri.getRawPath().isEmpty()
                || uri.getRawPath().equals("/");
        return bare ? uri.resolve("/readyz") : uri;
    }

    private int report(URI asked, boolean ready, String detail) {
        if (common.isJson()) {
            Map<String, Object> answer = new LinkedHashMap<>();
            answer.put("ready", ready);
            answer.put("url", asked.toString());
            answer.put("detail", detail);
            cli.out().println(Cli.json(answer));
        } else {
            cli.out().println((ready ? "ready: " : "not ready: ") + asked + ", " + detail);
        }
        return ready ? ExitCode.OK.code : ExitCode.UNHEALTHY.code;
    }
}
