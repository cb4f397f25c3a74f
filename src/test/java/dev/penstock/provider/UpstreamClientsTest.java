// SPDX-License-Identifier: Apache-2.0
package dev.penstock.provider;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.ProviderConfig;
import dev.penstock.kit.ProviderSimulator;
import io.netty.channel.ChannelConfig;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollSocketChannel;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.net.impl.ConnectionBase;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What connections to providers have that others have not. */
final class UpstreamClientsTest {

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theKernelAsksAfterASilentProvider(boolean http2) throws Exception {
        Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
        try (ProviderSimulator provider = ProviderSimulator.builder()
                .transports(ProviderSimulator.Transport.HTTP_1_1, ProviderSimulator.Transport.HTTP_2_CLEAR)
                .start()) {
            ConnectionBase connection = connect(vertx, provider, http2);
            ChannelConfig socket = connection.channel().config();

            assertThat(socket.getOption(EpollChannelOption.SO_KEEPALIVE)).isTrue();
            if (connection.channel() instanceof EpollSocketChannel) {
                assertThat(socket.getOption(EpollChannelOption.TCP_KEEPIDLE)).isEqualTo(10);
                assertThat(socket.getOption(EpollChannelOption.TCP_KEEPINTVL)).isEqualTo(5);
                assertThat(socket.getOption(EpollChannelOption.TCP_KEEPCNT)).isEqualTo(3);
                assertThat(socket.getOption(EpollChannelOption.TCP_USER_TIMEOUT))
                        .isEqualTo(25_000);
            }
        } finally {
            await(vertx.close());
        }
    }

    @Test
    void anotherTransportGoesWithoutTheOptionsItDoesNotKnow() throws Exception {
        Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(false));
        try (ProviderSimulator provider = ProviderSimulator.start()) {
            assertThat(connect(vertx, provider, false).channel().isActive()).isTrue();
        } finally {
            await(vertx.close());
        }
    }

    private static ConnectionBase connect(Vertx vertx, ProviderSimulator provider, boolean http2) throws Exception {
        UpstreamClients clients = new UpstreamClients(vertx);
        ProviderConfig.Http version = http2 ? ProviderConfig.Http.HTTP_2 : ProviderConfig.Http.HTTP_1_1;
        int port =
                provider.port(http2 ? ProviderSimulator.Transport.HTTP_2_CLEAR : ProviderSimulator.Transport.HTTP_1_1);
        HttpClientRequest request = await(clients.client(new UpstreamClients.Key(false, version, 1, null))
                .request(HttpMethod.GET, port, "127.0.0.1", "/"));
        return (ConnectionBase) request.connection();
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
}
