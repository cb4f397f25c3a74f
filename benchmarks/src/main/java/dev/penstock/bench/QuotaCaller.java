// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** Calls of tenants, each from a thread of its own. The name of a tenant is repeated as its key's secret. */
final class QuotaCaller implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /** Longest that a refused caller stays away, in seconds, whatever it was told. */
    private static final double STAYS_AWAY = 1;

    /** What came of a call: the status, how long the whole of it took, and when to come back. */
    record Reply(int status, long nanos, double comeBackSeconds) {
        boolean admitted() {
            return status == 200;
        }

        boolean refused() {
            return status == 429 || status == 402;
        }
    }

    /** A stream that has begun or was refused. */
    record Open(int status, double comeBackSeconds, InputStream body) implements AutoCloseable {
        @Override
        public void close() {
            try {
                body.close();
            } catch (IOException gone) {
                // It was to be given up anyway.
            }
        }
    }

    static String secret(String tenant) {
        return (tenant + "-").repeat(40).substring(0, 40);
    }

    /** A call whose whole answer is read. */
    Reply ask(int port, String tenant, String prompt) {
        long from = System.nanoTime();
        try {
            HttpResponse<Void> answer =
                    http.send(request(port, tenant, "paid", prompt, false), HttpResponse.BodyHandlers.discarding());
            return new Reply(answer.statusCode(), System.nanoTime() - from, comeBack(answer));
        } catch (IOException lost) {
            return new Reply(-1, System.nanoTime() - from, STAYS_AWAY);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(stop);
        }
    }

    /** A stream, read up to its end, or given up after its first bytes. */
    Reply stream(int port, String tenant, String prompt, boolean leave) {
        return stream(port, tenant, prompt, leave, () -> {}, () -> {});
    }

    /** The same, told when it was admitted and, after that, when it has ended. */
    Reply stream(int port, String tenant, String prompt, boolean leave, Runnable admitted, Runnable ended) {
        long from = System.nanoTime();
        try (Open open = open(port, tenant, "paid", prompt)) {
            if (open.status() != 200) {
                open.body().transferTo(java.io.OutputStream.nullOutputStream());
                return new Reply(open.status(), System.nanoTime() - from, open.comeBackSeconds());
            }
            admitted.run();
            return readOn(open, from, leave, ended);
        } catch (IOException | UncheckedIOException lost) {
            return new Reply(-1, System.nanoTime() - from, STAYS_AWAY);
        }
    }

    private static Reply readOn(Open open, long from, boolean leave, Runnable ended) throws IOException {
        try {
            if (leave) {
                open.body().readNBytes(200);
            } else {
                open.body().transferTo(java.io.OutputStream.nullOutputStream());
            }
            return new Reply(open.status(), System.nanoTime() - from, open.comeBackSeconds());
        } finally {
            ended.run();
        }
    }

    /** A stream that goes on until it is closed. */
    Open hold(int port, String tenant) {
        return open(port, tenant, "slow", "Tell a very long story");
    }

    private Open open(int port, String tenant, String model, String prompt) {
        try {
            HttpResponse<InputStream> answer =
                    http.send(request(port, tenant, model, prompt, true), HttpResponse.BodyHandlers.ofInputStream());
            return new Open(answer.statusCode(), comeBack(answer), answer.body());
        } catch (IOException lost) {
            throw new UncheckedIOException(lost);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(stop);
        }
    }

    /** As retry-after says, and not for longer than a person would watch. */
    private static double comeBack(HttpResponse<?> answer) {
        return answer.headers()
                .firstValue("retry-after")
                .filter(text -> text.matches("[0-9]{1,9}"))
                .map(Double::parseDouble)
                .map(seconds -> Math.min(seconds, STAYS_AWAY))
                .orElse(STAYS_AWAY);
    }

    private static HttpRequest request(int port, String tenant, String model, String prompt, boolean stream) {
        String body = "{\"model\":\"" + model + "\",\"stream\":" + stream + ",\"max_tokens\":"
                + (model.equals("slow") ? 4_000 : 60) + ",\"messages\":[{\"role\":\"user\",\"content\":\"" + prompt
                + "\"}]}";
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/v1/chat/completions"))
                .header("content-type", "application/json")
                .header("authorization", "Bearer " + secret(tenant))
                .timeout(PATIENCE)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
