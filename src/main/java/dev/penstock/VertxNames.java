// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.fetch.Names;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/** Looks names up with the resolver that connections use as well, and answers on the shard's context. */
final class VertxNames implements Names {

    private final ContextInternal context;

    VertxNames(Context context) {
        this.context = (ContextInternal) context;
    }

    @Override
    public Future<List<InetAddress>> lookUp(String name) {
        Promise<List<InetSocketAddress>> answer = context.promise();
        context.owner().nameResolver().resolveAll(name, result -> {
            if (result.succeeded()) {
                answer.tryComplete(result.result());
            } else {
                answer.tryFail(result.cause());
            }
        });
        return answer.future()
                .map(found -> found.stream().map(InetSocketAddress::getAddress).toList());
    }
}
