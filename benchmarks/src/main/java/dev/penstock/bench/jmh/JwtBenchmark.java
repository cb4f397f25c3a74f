// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench.jmh;

import dev.penstock.auth.AuthListener;
import dev.penstock.auth.Authenticator;
import dev.penstock.auth.Credentials;
import dev.penstock.auth.Verdict;
import dev.penstock.config.AuthConfig;
import dev.penstock.config.CallerClaims;
import dev.penstock.config.JwtAlgorithm;
import dev.penstock.config.OidcIssuer;
import dev.penstock.config.RolesConfig;
import dev.penstock.exchange.Ticker;
import dev.penstock.sidecall.SideCall;
import dev.penstock.sidecall.SideCalls;
import dev.penstock.sidecall.SideReply;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.math.BigInteger;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What does a request pay for a token that was seen before? Run it with {@code JMH_ONLY=JwtBenchmark benchmarks/run jmh}; add
 * {@code -prof gc} for the bytes. The goal is a microsecond.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class JwtBenchmark {

    private static final String ISSUER = "https://id.example.com";
    private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

    private final Vertx vertx = Vertx.vertx();
    private Authenticator auth;
    private byte[] field;

    /** Verifies one RS256 token of usual length, so that it is remembered. */
    @Setup
    public void believe() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        KeyPair pair = generator.generateKeyPair();
        String bearer = "Bearer " + token(pair);
        field = bearer.getBytes(StandardCharsets.ISO_8859_1);
        CompletableFuture<Verdict> first = new CompletableFuture<>();
        vertx.getOrCreateContext().runOnContext(go -> {
            auth = new Authenticator(
                    vertx, showing((RSAPublicKey) pair.getPublic()), Ticker.system(), AuthListener.NONE);
            auth.use(config(), List.of(), RolesConfig.NONE);
            auth.authenticate(sent(), true, JwtBenchmark::noKeys, first::complete);
        });
        if (!(first.get(20, TimeUnit.SECONDS) instanceof Verdict.Allowed)) {
            throw new IllegalStateException("the token is not believed");
        }
    }

    private static String token(KeyPair pair) throws GeneralSecurityException {
        String claims =
                "{\"iss\":\"" + ISSUER + "\",\"aud\":\"gateway\",\"sub\":\"user-4711\",\"org\":\"acme\",\"exp\":"
                        + Instant.now().plusSeconds(86_400).getEpochSecond() + ",\"more\":\"" + "m".repeat(300) + "\"}";
        String signed = text("{\"alg\":\"RS256\",\"kid\":\"k\"}".getBytes(StandardCharsets.UTF_8)) + "."
                + text(claims.getBytes(StandardCharsets.UTF_8));
        Signature signature = Signature.getInstance("SHA256withRSA");
        signature.initSign(pair.getPrivate());
        signature.update(signed.getBytes(StandardCharsets.US_ASCII));
        return signed + "." + text(signature.sign());
    }

    private static SideCalls showing(RSAPublicKey key) {
        String keys = "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"k\",\"e\":\"AQAB\",\"n\":\""
                + text(unsigned(key.getModulus())) + "\"}]}";
        return new SideCalls() {
            @Override
            public Future<SideReply> send(SideCall call) {
                return Future.succeededFuture(new SideReply(200, name -> null, keys.getBytes(StandardCharsets.UTF_8)));
            }

            @Override
            public void close() {}
        };
    }

    private static byte[] unsigned(BigInteger number) {
        byte[] bytes = number.toByteArray();
        return bytes[0] == 0 ? java.util.Arrays.copyOfRange(bytes, 1, bytes.length) : bytes;
    }

    private static String text(byte[] bytes) {
        return BASE64.encodeToString(bytes);
    }

    private static AuthConfig config() {
        OidcIssuer issuer = new OidcIssuer(
                "",
                ISSUER,
                "gateway",
                URI.create(ISSUER + "/keys"),
                Set.of(JwtAlgorithm.RS256),
                Duration.ofSeconds(60),
                new CallerClaims("org", true, "", "sub", ""));
        return new AuthConfig(true, null, List.of(issuer), null, List.of(AuthConfig.Method.values()));
    }

    private static Verdict noKeys() {
        throw new IllegalStateException("nobody asks the keys");
    }

    /** As the codec makes it of each request: a text whose hash nobody has asked for yet. */
    private Credentials sent() {
        return new Credentials(new String(field, StandardCharsets.ISO_8859_1), false, name -> null);
    }

    /** What the codec pays in any case, and what has to be taken off the others. */
    @Benchmark
    public Object read() {
        return sent();
    }

    /** The token of every request but its first two, the reading of its field included. */
    @Benchmark
    public Object remembered() {
        return auth.authenticate(sent(), true, JwtBenchmark::noKeys, later -> {});
    }

    /** Lets the worker threads go. */
    @TearDown
    public void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }
}
