// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kittest;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** A small program with the manners of the gateway: a banner on stderr, a port of its own, an orderly end at SIGTERM. */
public final class BannerProgram {

    private BannerProgram() {}

    public static void main(String[] args) throws Exception {
        if (args.length > 0 && args[0].equals("fail")) {
            System.err.println("penstock.yaml:1:1  no good");
            System.exit(2);
        }
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            System.out.println("{\"path\":\"" + exchange.getRequestURI() + "\"}");
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        server.start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> System.err.println("drained")));
        System.err.println("Penstock 0.0");
        System.err.println("  API    http://127.0.0.1:" + server.getAddress().getPort());
        System.err.println("  Admin  http://127.0.0.1:1/  (loopback)");
        System.err.println("  keys   "
                + System.getenv().keySet().stream()
                        .filter(k -> k.endsWith("_API_KEY"))
                        .sorted()
                        .toList());
    }
}
