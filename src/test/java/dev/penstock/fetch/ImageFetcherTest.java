// SPDX-License-Identifier: Apache-2.0
package dev.penstock.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.FetchConfig;
import dev.penstock.config.FetchHost;
import dev.penstock.config.NetworkBlock;
import dev.penstock.conversation.Conversation;
import dev.penstock.conversation.Part;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.kit.time.ManualTime;
import dev.penstock.kit.tls.TestCertificates;
import dev.penstock.sidecall.SideCalls;
import dev.penstock.translation.TranslationTable;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against a real server on loopback, with names that the test gives and time that it moves. */
final class ImageFetcherTest {

    private static final byte[] PNG = bytes("\u0089PNG\r\n\u001a\nand so on");
    private static final int MAX = 10_000;
    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    private final Vertx vertx = Vertx.vertx();
    private final ManualTime time = new ManualTime();
    private final Map<String, List<InetAddress>> names = new ConcurrentHashMap<>();
    private final AtomicInteger lookUps = new AtomicInteger();
    private final List<String> asked = Collections.synchronizedList(new ArrayList<>());
    private final List<String> heads = Collections.synchronizedList(new ArrayList<>());
    private final CompletableFuture<Void> left = new CompletableFuture<>();
    private final Queue<Runnable> held = new ArrayDeque<>();
    private final CountDownLatch silent = new CountDownLatch(1);
    private final AtomicInteger most = new AtomicInteger();
    private Supplier<List<InetAddress>> changing;
    private Context context;
    private ImageFetcher fetcher;
    private int port;

    @BeforeEach
    void serve() throws Exception {
        HttpServer server = vertx.createHttpServer().requestHandler(this::answer);
        port = await(server.listen(0, "127.0.0.1")).actualPort();
        context = vertx.getOrCreateContext();
        names.put("img.test", List.of(InetAddress.getByName("127.0.0.1")));
        fetcher = onLoop(() -> new ImageFetcher(SideCalls.over(vertx), this::lookUp, time, config("127.0.0.0/8")));
    }

    @AfterEach
    void close() throws Exception {
        await(vertx.close());
    }

    private FetchConfig config(String network) {
        return new FetchConfig(
                List.of(
                        new FetchHost(true, false, "img.test", port),
                        new FetchHost(true, true, "sub.test", port),
                        new FetchHost(true, false, "127.0.0.1", port)),
                MAX,
                TIMEOUT,
                List.of(NetworkBlock.of(network)));
    }

    private Future<List<InetAddress>> lookUp(String name) {
        lookUps.incrementAndGet();
        List<InetAddress> found = changing != null ? changing.get() : names.get(name);
        return found == null ? Future.failedFuture("no such name: " + name) : Future.succeededFuture(found);
    }

    // ------------------------------------------------------------------ what arrives

    @Test
    void bytesStandWhereTheAddressWas() throws Exception {
        Conversation whole = await(fetch(url("/a.png")));

        Part.Image image = (Part.Image) whole.messages().getFirst().parts().get(1);
        assertThat(image.mediaType()).isEqualTo("image/png");
        assertThat(Base64.getDecoder().decode(image.base64())).isEqualTo(PNG);
        assertThat(image.url()).isNull();
        assertThat(image.detail()).isEqualTo("low");
        assertThat(time.pending()).isZero();
    }

    @Test
    void alsoInTheResultOfATool() throws Exception {
        String body = """
                {"model":"m","max_tokens":9,"messages":[{"role":"user","content":"Hi"},
                 {"role":"assistant","content":[{"type":"tool_use","id":"t","name":"look","input":{}}]},
                 {"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[
                   {"type":"image","source":{"type":"url","url":"%s"}}]}]}]}
                """.formatted(url("/a.png"));
        Conversation said =
                TranslationTable.reader(ApiSchema.ANTHROPIC_MESSAGES).read(body.getBytes(StandardCharsets.UTF_8));

        Conversation whole = await(fetch(said));

        Part.ToolResult result =
                (Part.ToolResult) whole.messages().getLast().parts().getFirst();
        assertThat(((Part.Image) result.content().getFirst()).base64()).isNotNull();
    }

    @Test
    void theSameAddressTwiceIsAskedForOnce() throws Exception {
        Conversation whole = await(fetch(url("/a.png"), url("/b.png"), url("/a.png")));

        assertThat(asked).containsExactlyInAnyOrder("/a.png", "/b.png");
        assertThat(whole.messages().getFirst().parts().subList(1, 4))
                .allSatisfy(part -> assertThat(((Part.Image) part).base64()).isNotNull());
    }

    @Test
    void fourAreFetchedAtATime() throws Exception {
        await(fetch(IntStream.range(0, 9).mapToObj(i -> url("/held" + i)).toArray(String[]::new)));

        assertThat(asked).hasSize(9);
        assertThat(most).hasValue(4);
    }

    @Test
    void theHostHearsNothingButTheRequest() throws Exception {
        await(fetch(url("/a.png?token=x%20y")));

        assertThat(heads)
                .containsExactly(
                        "GET /a.png?token=x%20y accept,connection,host,user-agent img.test:" + port + " penstock");
    }

    @Test
    void aListedAddressNeedsNoName() throws Exception {
        await(fetch("http://127.0.0.1:" + port + "/a.png"));

        assertThat(lookUps).hasValue(0);
        assertThat(asked).containsExactly("/a.png");
    }

    @Test
    void withoutImagesByAddressOrWithoutHostsThereIsNothingToDo() throws Exception {
        assertThat(onLoop(() -> fetcher.fetch(said("data:image/png;base64,AAAA"))))
                .isNull();
        fetcher.use(FetchConfig.NOTHING);
        assertThat(onLoop(() -> fetcher.fetch(said(url("/a.png"))))).isNull();
    }

    // ------------------------------------------------------------------ where it may lead

    @Test
    void aNameIsLookedUpOnceAndMayChangeAfterThat() throws Exception {
        Queue<String> answers = new ArrayDeque<>(List.of("127.0.0.1", "10.0.0.1"));
        changing = () -> List.of(address(answers.remove()));

        await(fetch(url("/a.png")));

        assertThat(lookUps).hasValue(1);
        assertThat(asked).containsExactly("/a.png");
    }

    @Test
    void aNameThatLeadsToAPrivateAddressIsRefused() throws Exception {
        for (String address : new String[] {"10.0.0.1", "169.254.169.254", "::1", "fd00::1", "0.0.0.0"}) {
            names.put("a.sub.test", List.of(address(address)));

            GatewayError error = refused("http://a.sub.test:" + port + "/a.png");

            assertThat(error.getMessage())
                    .isEqualTo("messages[0].content[1].image_url: the host of this address is in a network that images"
                            + " are not fetched from.");
        }
        assertThat(asked).isEmpty();
    }

    @Test
    void oneForbiddenAddressAmongOthersIsEnough() throws Exception {
        names.put("a.sub.test", List.of(address("127.0.0.1"), address("10.0.0.1")));

        assertThat(refused("http://a.sub.test:" + port + "/a.png").code()).isEqualTo("image_host_not_allowed");
        assertThat(asked).isEmpty();
    }

    @Test
    void aListedHostWithAPrivateAddressStillNeedsItsNetworkListed() throws Exception {
        fetcher.use(config("10.0.0.0/8"));

        assertThat(refused("http://127.0.0.1:" + port + "/a.png").code()).isEqualTo("image_host_not_allowed");
        assertThat(asked).isEmpty();
    }

    @Test
    void aNameWithoutAnAddressIsRefused() throws Exception {
        assertThat(refused("http://nowhere.sub.test:" + port + "/a.png").getMessage())
                .endsWith("the image could not be fetched: the host name could not be resolved.");
        names.put("none.sub.test", List.of());
        assertThat(refused("http://none.sub.test:" + port + "/a.png").getMessage())
                .endsWith("the host name could not be resolved.");
    }

    @Test
    void aHostThatIsNotListedIsNotEvenLookedUp() throws Exception {
        GatewayError error = refused("https://elsewhere.test/a.png");

        assertThat(error.getMessage())
                .isEqualTo("messages[0].content[1].image_url: images are not fetched from this host.");
        assertThat(error.hint()).contains("fetch.hosts");
        assertThat(lookUps).hasValue(0);
    }

    @Test
    void oneAddressThatIsNotAllowedEndsTheRequestBeforeAnythingIsAsked() throws Exception {
        assertThat(refused(url("/a.png"), "https://user@img.test/a.png").param())
                .isEqualTo("messages[0].content[2].image_url");
        assertThat(lookUps).hasValue(0);
        assertThat(asked).isEmpty();
    }

    // ------------------------------------------------------------------ what does not arrive

    @ParameterizedTest
    @CsvSource({
        "/redirect, image_fetch_failed, 'the image could not be fetched: the host answered with a redirect, which is not followed.'",
        "/status/404, image_fetch_failed, 'the image could not be fetched: the host answered with status 404.'",
        "/status/206, image_fetch_failed, 'the image could not be fetched: the host answered with status 206.'",
        "/status/204, image_fetch_failed, 'the image could not be fetched: the host answered with status 204.'",
        "/type/text/html, invalid_image, 'what stands at this address is no image of the type that its host says; expected image/png, image/jpeg, image/gif or image/webp.'",
        "/type/image/jpeg, invalid_image, 'what stands at this address is no image of the type that its host says; expected image/png, image/jpeg, image/gif or image/webp.'",
        "/type/image/svg+xml, invalid_image, 'what stands at this address is no image of the type that its host says; expected image/png, image/jpeg, image/gif or image/webp.'",
        "/type/none, invalid_image, 'what stands at this address is no image of the type that its host says; expected image/png, image/jpeg, image/gif or image/webp.'",
        "/lie, invalid_image, 'what stands at this address is no image of the type that its host says; expected image/png, image/jpeg, image/gif or image/webp.'",
        "/empty, invalid_image, 'what stands at this address is no image of the type that its host says; expected image/png, image/jpeg, image/gif or image/webp.'",
        "/sized/10001, image_fetch_failed, 'the image could not be fetched: the answer is larger than 10000 bytes.'",
        "/announced, image_fetch_failed, 'the image could not be fetched: the answer is larger than 10000 bytes.'",
        "/endless, image_fetch_failed, 'the image could not be fetched: the answer is larger than 10000 bytes.'",
        "/cut, image_fetch_failed, 'the image could not be fetched: the connection failed before the answer was whole.'"
    })
    void everyBadAnswerIsTheClientsErrorWithoutAnAddress(String path, String code, String message) throws Exception {
        GatewayError error = refused(url(path));

        assertThat(error.kind()).isEqualTo(Kind.INVALID_REQUEST);
        assertThat(error.status()).isEqualTo(400);
        assertThat(error.code()).isEqualTo(code);
        assertThat(error.param()).isEqualTo("messages[0].content[1].image_url");
        assertThat(error.getMessage()).isEqualTo("messages[0].content[1].image_url: " + message);
    }

    @Test
    void aCertificateThatNobodyVouchesForIsRefused() throws Exception {
        HttpServer secure = vertx.createHttpServer(new HttpServerOptions()
                        .setSsl(true)
                        .setKeyCertOptions(TestCertificates.create().localhost().options()))
                .requestHandler(this::answer);
        int securePort = await(secure.listen(0, "127.0.0.1")).actualPort();
        fetcher.use(new FetchConfig(
                List.of(new FetchHost(false, false, "img.test", securePort)),
                MAX,
                TIMEOUT,
                List.of(NetworkBlock.of("127.0.0.0/8"))));

        assertThat(refused("https://img.test:" + securePort + "/a.png").getMessage())
                .endsWith("the image could not be fetched: the TLS handshake failed.");
        assertThat(asked).isEmpty();
    }

    @Test
    void anImageOfTheLargestSizeIsTaken() throws Exception {
        Conversation whole = await(fetch(url("/sized/" + MAX)));

        Part.Image image = (Part.Image) whole.messages().getFirst().parts().get(1);
        assertThat(Base64.getDecoder().decode(image.base64())).hasSize(MAX);
    }

    @Test
    void allTogetherMayBeFourTimesAsLarge() throws Exception {
        String[] four = IntStream.range(0, 4)
                .mapToObj(i -> url("/sized/" + MAX + "?" + i))
                .toArray(String[]::new);
        await(fetch(four));

        String[] five = Arrays.copyOf(four, 5);
        five[4] = url("/a.png");
        assertThat(refused(five).getMessage())
                .endsWith("the images of the request have more than 40000 bytes together.");
    }

    @Test
    void anAddressCountsAsOftenAsItStands() throws Exception {
        String[] five = new String[5];
        Arrays.fill(five, url("/sized/9000"));

        assertThat(refused(five).code()).isEqualTo("images_too_large");
        assertThat(asked).hasSize(1);
    }

    @Test
    void moreThanTwentyAreRefusedWithThePlaceOfTheFirstThatIsTooMany() throws Exception {
        String[] many = new String[21];
        Arrays.fill(many, url("/a.png"));
        await(fetch(Arrays.copyOf(many, 20)));
        asked.clear();

        GatewayError error = refused(many);

        assertThat(error.code()).isEqualTo("too_many_images");
        assertThat(error.param()).isEqualTo("messages[0].content[21].image_url");
        assertThat(asked).isEmpty();
    }

    @Test
    void theTimeIsOverForAllTogether() throws Exception {
        Future<Conversation> whole = fetch(url("/a.png"), url("/silent"));
        assertThat(silent.await(20, TimeUnit.SECONDS)).isTrue();

        onLoop(() -> {
            time.advance(TIMEOUT);
            return null;
        });

        assertThat(error(whole).getMessage()).endsWith("the images of the request did not arrive within 60000 ms.");
        left.get(20, TimeUnit.SECONDS);
    }

    @Test
    void aLookUpWithoutAnAnswerEndsWithTheTimeAsWell() throws Exception {
        Promise<List<InetAddress>> never = Promise.promise();
        ImageFetcher waiting = onLoop(
                () -> new ImageFetcher(SideCalls.over(vertx), name -> never.future(), time, config("127.0.0.0/8")));
        Future<Conversation> whole =
                onLoop(() -> waiting.fetch(said(url("/a.png")))).whole();

        onLoop(() -> {
            time.advance(TIMEOUT);
            never.complete(List.of(address("127.0.0.1")));
            return null;
        });

        assertThat(error(whole).code()).isEqualTo("image_fetch_failed");
        assertThat(asked).isEmpty();
    }

    @Test
    void whatIsCancelledIsAskedForNoLonger() throws Exception {
        Fetching fetching = onLoop(() -> fetcher.fetch(said(url("/silent"), url("/silent?2"))));
        assertThat(silent.await(20, TimeUnit.SECONDS)).isTrue();

        onLoop(() -> {
            fetching.cancel();
            return null;
        });

        left.get(20, TimeUnit.SECONDS);
        assertThat(fetching.whole().isComplete()).isFalse();
        assertThat(onLoop(time::pending)).isZero();
    }

    // ------------------------------------------------------------------ the host

    private void answer(HttpServerRequest request) {
        asked.add(request.uri());
        heads.add(request.method() + " " + request.uri() + " "
                + request.headers().names().stream()
                        .map(String::toLowerCase)
                        .sorted()
                        .collect(Collectors.joining(","))
                + " " + request.getHeader("host") + " " + request.getHeader("user-agent"));
        String path = request.path();
        if (path.endsWith(".png")) {
            png(request, PNG);
        } else if (path.startsWith("/held")) {
            hold(request);
        } else if (path.startsWith("/status/")) {
            request.response().setStatusCode(Integer.parseInt(path.substring(8)));
            png(request, path.endsWith("204") ? new byte[0] : PNG);
        } else if (path.startsWith("/type/")) {
            String type = path.substring(6);
            if (!type.equals("none")) {
                request.response().putHeader("content-type", type);
            }
            request.response().end(Buffer.buffer(PNG));
        } else if (path.startsWith("/sized/")) {
            png(request, Arrays.copyOf(PNG, Integer.parseInt(path.substring(7))));
        } else {
            misbehave(request, path);
        }
    }

    private void misbehave(HttpServerRequest request, String path) {
        switch (path) {
            case "/redirect" ->
                request.response()
                        .setStatusCode(302)
                        .putHeader("location", "/a.png")
                        .end();
            case "/lie" -> png(request, bytes("<html>secret</html>"));
            case "/empty" -> png(request, new byte[0]);
            case "/announced" ->
                request.response()
                        .putHeader("content-type", "image/png")
                        .putHeader("content-length", "10001")
                        .write(Buffer.buffer(PNG));
            case "/endless" ->
                request.response()
                        .putHeader("content-type", "image/png")
                        .setChunked(true)
                        .write(Buffer.buffer(new byte[MAX * 3]));
            case "/cut" ->
                request.response()
                        .putHeader("content-type", "image/png")
                        .putHeader("content-length", "100")
                        .write(Buffer.buffer(PNG))
                        .onComplete(sent -> request.connection().close());
            default -> {
                request.connection().closeHandler(closed -> left.complete(null));
                silent.countDown();
            }
        }
    }

    /** Nobody is answered before four wait; then each new one answers the oldest. */
    private void hold(HttpServerRequest request) {
        held.add(() -> png(request, PNG));
        most.accumulateAndGet(held.size(), Math::max);
        boolean last = asked.size() == 9;
        while (held.size() >= 4 || last && !held.isEmpty()) {
            held.remove().run();
        }
    }

    private static void png(HttpServerRequest request, byte[] body) {
        request.response().putHeader("content-type", "image/png").end(Buffer.buffer(body));
    }

    // ------------------------------------------------------------------ short words

    private String url(String path) {
        return "http://img.test:" + port + path;
    }

    private Future<Conversation> fetch(String... urls) throws Exception {
        return fetch(said(urls));
    }

    private Future<Conversation> fetch(Conversation said) throws Exception {
        return onLoop(() -> fetcher.fetch(said)).whole();
    }

    private GatewayError refused(String... urls) throws Exception {
        return error(fetch(urls));
    }

    private static GatewayError error(Future<Conversation> whole) throws Exception {
        CompletableFuture<GatewayError> error = new CompletableFuture<>();
        whole.onComplete(result -> error.complete((GatewayError) result.cause()));
        GatewayError found = error.get(30, TimeUnit.SECONDS);
        assertThat(found).as("an error").isNotNull();
        assertThat(found.getMessage()).doesNotContain("127.0.0.1", "10.0.0.1", "img.test", "secret");
        return found;
    }

    /** Words first, so that the first image is the second part. */
    private static Conversation said(String... urls) {
        String images = Arrays.stream(urls)
                .map(url -> ",{\"type\":\"image_url\",\"image_url\":{\"url\":\"" + url + "\",\"detail\":\"low\"}}")
                .collect(Collectors.joining());
        String body =
                "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"Hi\"}"
                        + images + "]}]}";
        return TranslationTable.reader(ApiSchema.OPENAI_CHAT).read(body.getBytes(StandardCharsets.UTF_8));
    }

    private static InetAddress address(String text) {
        try {
            return InetAddress.getByName(text);
        } catch (java.net.UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static byte[] bytes(String latin) {
        return latin.getBytes(StandardCharsets.ISO_8859_1);
    }

    private <T> T onLoop(Supplier<T> action) throws Exception {
        CompletableFuture<T> done = new CompletableFuture<>();
        context.runOnContext(turn -> {
            try {
                done.complete(action.get());
            } catch (RuntimeException | Error e) {
                done.completeExceptionally(e);
            }
        });
        return done.get(30, TimeUnit.SECONDS);
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }
}
