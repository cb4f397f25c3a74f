// SPDX-License-Identifier: Apache-2.0
package dev.penstock.sidecall;

import dev.penstock.exchange.CallGuard;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpResponseHead;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.client.HttpRequest;
import io.vertx.ext.web.client.HttpResponse;
import io.vertx.ext.web.client.WebClient;
import io.vertx.ext.web.client.WebClientOptions;
import io.vertx.ext.web.client.impl.HttpContext;
import io.vertx.ext.web.client.impl.WebClientInternal;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;

/** Over Vert.x's Web Client. Connections are not kept: such calls are rare, and each may go somewhere else. */
final class WebSideCalls implements SideCalls {

    /** After which a connection is closed that nobody reads any more, because its answer was too large. */
    private static final int IDLE_SECONDS = 10;

    /** To one host; a few that stall shall not hold up the rest. */
    private static final int AT_A_TIME = 64;

    private final Vertx vertx;
    private final CallGuard guard;
    private final WebClient client;

    WebSideCalls(Vertx vertx, CallGuard guard) {
        this.vertx = vertx;
        this.guard = guard;
        WebClientInternal created = (WebClientInternal) WebClient.create(
                vertx,
                new WebClientOptions()
                        .setUserAgentEnabled(false)
                        .setFollowRedirects(false)
                        .setDecompressionSupported(false)
                        .setVerifyHost(true)
                        .setKeepAlive(false)
                        .setIdleTimeout(IDLE_SECONDS)
                        .setIdleTimeoutUnit(TimeUnit.SECONDS)
                        .setTracingPolicy(io.vertx.core.tracing.TracingPolicy.IGNORE),
                new PoolOptions().setHttp1MaxSize(AT_A_TIME));
        this.client = created.addInterceptor(WebSideCalls::phase);
    }

    @Override
    public Future<SideReply> send(SideCall call) {
        return send(call, Future.future(never -> {}));
    }

    @Override
    public Future<SideReply> send(SideCall call, Future<?> over) {
        Promise<SideReply> outcome = Promise.promise();
        guard.call(where(call.url()), () -> exchange(call, over)).onComplete(heard -> {
            if (heard.succeeded()) {
                heard.result().onComplete(outcome);
            } else {
                outcome.fail(new SideCallFailed(what(heard.cause())));
            }
        });
        return outcome.future();
    }

    /**
     * The call itself. It fails where the host did, and when it is given up; an answer that is too large is a failure to who
     * asked, but an answer of the host, so it is a failed future inside a successful one.
     */
    private Future<Future<SideReply>> exchange(SideCall call, Future<?> over) {
        Promise<Future<SideReply>> heard = Promise.promise();
        CappedBody body = new CappedBody(
                call.maxBytes(),
                () -> heard.tryComplete(Future.failedFuture(
                        new SideCallFailed("the answer is larger than " + call.maxBytes() + " bytes"))));
        long timer = vertx.setTimer(
                Math.max(1, call.timeout().toMillis()),
                late -> giveUp(body, heard, new SideCallFailed("no whole answer within " + call.timeout())));
        over.onComplete(ended -> giveUp(body, heard, new CallGuard.GivenUp("the call was given up")));
        HttpRequest<byte[]> request =
                request(call).as(body).timeout(call.timeout().toMillis());
        call.headers().forEach(request::putHeader);
        Buffer content = call.body();
        Future<HttpResponse<byte[]>> sent = content == null ? request.send() : request.sendBuffer(content);
        sent.onComplete(result -> {
            if (result.succeeded()) {
                heard.tryComplete(Future.succeededFuture(reply(result.result())));
            } else {
                heard.tryFail(new SideCallFailed(what(result.cause())));
            }
        });
        return heard.future().onComplete(done -> vertx.cancelTimer(timer));
    }

    private static void giveUp(CappedBody body, Promise<?> heard, Exception why) {
        if (heard.tryFail(why)) {
            body.giveUp();
        }
    }

    private static String where(URI url) {
        return url.getHost() + ":" + port(url);
    }

    private static int port(URI url) {
        int usual = "https".equals(url.getScheme()) ? 443 : 80;
        return url.getPort() > 0 ? url.getPort() : usual;
    }

    /** Each phase of a call passes here: the only place from which it can be reset, and where the head of its answer can be judged. */
    private static void phase(HttpContext<?> context) {
        if (context.request().bodyCodec() instanceof CappedBody body) {
            switch (context.phase()) {
                case PREPARE_REQUEST, CREATE_REQUEST, SEND_REQUEST -> {
                    if (body.isGivenUp()) {
                        // Connected for nobody.
                        context.fail(new SideCallFailed("the call was given up"));
                        return;
                    }
                    body.awaitedBy(context);
                }
                case RECEIVE_RESPONSE -> {
                    HttpResponseHead head = context.clientResponse();
                    body.announced(head.getHeader("content-length"));
                }
                case FOLLOW_REDIRECT, DISPATCH_RESPONSE, FAILURE -> {}
            }
        }
        context.next();
    }

    @Override
    public void close() {
        client.close();
    }

    private HttpRequest<Buffer> request(SideCall call) {
        URI url = call.url();
        boolean tls = "https".equals(url.getScheme());
        int port = port(url);
        String path = url.getRawPath() == null || url.getRawPath().isEmpty() ? "/" : url.getRawPath();
        String target = url.getRawQuery() == null ? path : path + "?" + url.getRawQuery();
        HttpMethod method = HttpMethod.valueOf(call.method());
        InetAddress pinned = call.pinned();
        return (pinned == null
                        ? client.request(method, port, url.getHost(), target)
                        : client.request(
                                method,
                                SocketAddress.inetSocketAddress(port, pinned.getHostAddress()),
                                port,
                                url.getHost(),
                                target))
                .ssl(tls);
    }

    private static SideReply reply(HttpResponse<byte[]> response) {
        byte[] body = response.body();
        return new SideReply(response.statusCode(), response::getHeader, body == null ? new byte[0] : body);
    }

    /** The message of the cause may hold addresses; its class is what may be told. */
    private static String what(Throwable cause) {
        return switch (cause) {
            case UnknownHostException e -> "the host name could not be resolved";
            case SSLException e -> "the TLS handshake failed";
            case ConnectException e -> "the connection was refused";
            case SideCallFailed e -> String.valueOf(e.getMessage());
            case CallGuard.Refused e -> String.valueOf(e.getMessage());
            case CallGuard.GivenUp e -> String.valueOf(e.getMessage());
            default -> "the connection failed before the answer was whole";
        };
    }
}
