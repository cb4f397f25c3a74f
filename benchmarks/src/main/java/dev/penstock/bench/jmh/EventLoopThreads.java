// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench.jmh;

import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;

/**
 * Lets JMH run its measurements on event-loop threads, where thread-local pools and caches are the ones of production. JMH
 * makes it by name; each benchmark asks for it with {@link #CUSTOM} and {@link #CLASS}.
 */
public final class EventLoopThreads extends MultiThreadIoEventLoopGroup {

    static final String CUSTOM = "-Djmh.executor=CUSTOM";
    static final String CLASS = "-Djmh.executor.class=dev.penstock.bench.jmh.EventLoopThreads";

    /** The constructor that JMH calls. */
    public EventLoopThreads(int maxThreads, String prefix) {
        super(maxThreads, new DefaultThreadFactory(prefix), NioIoHandler.newFactory());
    }
}
