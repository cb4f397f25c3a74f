// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.config.LoadResult;
import dev.penstock.config.Secret;
import dev.penstock.config.ServerConfig;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Calls the admin API of the running gateway for a command.
 *
 * @param cli of the command
 * @param files where the address and the token stand, when neither is given
 * @param admin the address that was given, or null
 */
record AdminCall(Cli cli, List<Path> files, @Nullable URI admin) {

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /**
     * What came of it.
     *
     * @param status 0 where nobody answered
     * @param body JSON; of a refusal as well
     */
    record Answer(int status, JsonObject body) {

        boolean ok() {
            return status / 100 == 2;
        }

        /** In words. */
        String refusal() {
            JsonObject error = body.getValue("error") instanceof JsonObject told ? told : new JsonObject();
            String hint = error.getString("hint");
            String message = error.getString("message", "status " + status + ", and no answer of a gateway");
            return hint == null ? message : message + " " + hint;
        }
    }

    /**
     * Sends one request.
     *
     * @param body null for none
     * @throws IllegalArgumentException when the address is none
     */
    Answer send(String method, String path, @Nullable JsonObject body) throws InterruptedException {
        return sendBytes(method, path, body == null ? null : body.toBuffer().getBytes());
    }

    /**
     * Sends one request with a body that may be none of JSON.
     *
     * @throws IllegalArgumentException when the address is none
     */
    Answer sendBytes(String method, String path, byte @Nullable [] body) throws InterruptedException {
        LoadResult config = cli.loader(files, null).load();
        URI gateway = admin != null ? admin : configured(config);
        if (gateway == null) {
            return nobody("No address of a gateway is known. Give --admin.");
        }
        String token = token(config);
        try (HttpClient client =
                HttpClient.newBuilder().connectTimeout(PATIENCE).build()) {
            HttpRequest.Builder call =
                    HttpRequest.newBuilder(gateway.resolve(path)).timeout(PATIENCE);
            if (token != null) {
                call.header("authorization", "Bearer " + token);
            }
            if (body != null) {
                call.header("content-type", "application/json");
            }
            call.method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
            HttpResponse<String> answer = client.send(call.build(), BodyHandlers.ofString());
            return new Answer(answer.statusCode(), json(answer.body()));
        } catch (ConnectException | HttpConnectTimeoutException e) {
            return nobody("Nothing listens at " + gateway
                    + ", so nothing was asked or changed. Is the gateway running, and is this its "
                    + "admin address (server.admin in its configuration, --admin here)?");
        } catch (IOException e) {
            return nobody("No answer from " + gateway + ". It may have done what it was asked for all the same.");
        }
    }

    /**
     * The same for a command that does one thing with the answer, and says on the error stream when there is none.
     *
     * @param answered gets the answer when all went well
     * @return the exit code
     */
    int send(String method, String path, @Nullable JsonObject body, Consumer<JsonObject> answered)
            throws InterruptedException {
        Answer answer;
        try {
            answer = send(method, path, body);
        } catch (IllegalArgumentException e) {
            cli.err().println("penstock: --admin: not an http or https URL: " + admin);
            return ExitCode.USAGE.code;
        }
        if (answer.ok()) {
            answered.accept(answer.body());
            return ExitCode.OK.code;
        }
        cli.err().println("penstock: " + answer.refusal());
        return answer.status() == 0 ? ExitCode.UNHEALTHY.code : ExitCode.FAILURE.code;
    }

    /** A name as a part of a path. */
    static String segment(String name) {
        return encoded(name).replace("+", "%20");
    }

    /** What comes after the question mark. */
    static String query(Map<String, String> asked) {
        return asked.entrySet().stream()
                .map(entry -> encoded(entry.getKey()) + "=" + encoded(entry.getValue()))
                .collect(Collectors.joining("&"));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static Answer nobody(String message) {
        return new Answer(0, new JsonObject().put("error", new JsonObject().put("message", message)));
    }

    /** Where something else listens, its words are of no use. */
    private static JsonObject json(String text) {
        try {
            return new JsonObject(text);
        } catch (RuntimeException e) {
            return new JsonObject();
        }
    }

    private static @Nullable URI configured(LoadResult config) {
        ServerConfig server =
                config instanceof LoadResult.Loaded loaded ? loaded.snapshot().server() : ServerConfig.defaults();
        InetSocketAddress address = server.admin();
        return address.getPort() == 0 ? null : URI.create("http://" + Banner.authority(address, address));
    }

    private @Nullable String token(LoadResult config) {
        Secret configured = config instanceof LoadResult.Loaded loaded
                ? loaded.snapshot().server().adminToken()
                : null;
        return configured != null ? configured.reveal() : cli.env().get("PENSTOCK_ADMIN_TOKEN");
    }
}
