// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The load process: one loop with the fake provider, and the gates that were started in front of it. */
final class Stage implements AutoCloseable {
    private final LoadLoop loop = new LoadLoop();
    private final LoadProvider provider = new LoadProvider(loop);
    private final List<AutoCloseable> open = new ArrayList<>();

    LoadLoop loop() {
        return loop;
    }

    LoadProvider provider() {
        return provider;
    }

    /** Starts a rung; nothing is started for the direct way. */
    Lane lane(Rung rung, Gate.Options options) {
        Lane lane = new Lane(this, rung, rung == Rung.DIRECT ? null : Gate.start(rung, provider.port(), options));
        open.add(lane);
        return lane;
    }

    @Override
    public void close() {
        for (AutoCloseable each : open) {
            try {
                each.close();
            } catch (Exception problem) {
                System.err.println("close: " + problem);
            }
        }
        provider.close();
        loop.close();
    }

    /** One rung, up and ready. */
    record Lane(Stage stage, Rung rung, @Nullable Gate gate) implements AutoCloseable {

        LoadClient client() {
            return new LoadClient(
                    stage.loop,
                    gate == null ? stage.provider.port() : gate.port(),
                    rung.prefix(),
                    rung == Rung.PENSTOCK_TRANSLATED);
        }

        /** A client that names models without the provider, so that the gate's own settings for the model apply. */
        LoadClient clientByAlias() {
            return new LoadClient(stage.loop, gate == null ? stage.provider.port() : gate.port(), "");
        }

        long cpuNanos() {
            return gate == null ? 0 : gate.cpuNanos();
        }

        long storeNanos() {
            return gate == null ? 0 : gate.storeNanos();
        }

        /** Looks for two seconds whether the just-in-time compilers use less than two per cent of a core. */
        boolean compilersRest() {
            if (gate == null) {
                return true;
            }
            long before = gate.compilerNanos();
            Wait.seconds(2);
            return gate.compilerNanos() - before < 40_000_000;
        }

        @Override
        public void close() {
            if (gate != null) {
                gate.close();
            }
        }
    }
}
