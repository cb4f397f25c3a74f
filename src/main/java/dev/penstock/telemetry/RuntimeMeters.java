// SPDX-License-Identifier: Apache-2.0
package dev.penstock.telemetry;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.netty.buffer.ByteBufAllocatorMetric;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.vertx.core.impl.buffer.VertxByteBufAllocator;
import java.util.List;

/**
 * The basics of the process: memory, collector, threads, processor, file descriptors, and the pooled buffers that streams
 * live in. Bound late, because the management beans behind them take longer to wake than the gateway takes to start.
 */
final class RuntimeMeters implements AutoCloseable {

    /** The pool that Vert.x reads sockets into; which kind it is, Netty decides. */
    private static final ByteBufAllocatorMetric BUFFERS =
            ((ByteBufAllocatorMetricProvider) VertxByteBufAllocator.POOLED_ALLOCATOR).metric();

    private final MeterRegistry registry;
    private final JvmGcMetrics collector = new JvmGcMetrics();
    private boolean bound;

    RuntimeMeters(MeterRegistry registry) {
        this.registry = registry;
    }

    synchronized void bind() {
        if (bound) {
            return;
        }
        bound = true;
        List<MeterBinder> binders = List.of(
                collector,
                new JvmMemoryMetrics(),
                new JvmThreadMetrics(),
                new ProcessorMetrics(),
                new UptimeMetrics(),
                new FileDescriptorMetrics());
        binders.forEach(binder -> binder.bindTo(registry));
        // Micrometer's own binder labels each allocator by an identity hash: new series with each start.
        Gauge.builder("penstock.network.buffers.bytes", BUFFERS, ByteBufAllocatorMetric::usedDirectMemory)
                .description("Memory outside the heap that the pool of network buffers holds.")
                .register(registry);
    }

    @Override
    public synchronized void close() {
        collector.close();
    }
}
