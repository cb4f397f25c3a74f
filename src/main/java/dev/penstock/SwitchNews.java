// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.exchange.SwitchObject;
import dev.penstock.exchange.SwitchRule;
import dev.penstock.switches.SwitchListener;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** Ends what a switch does not allow any more, on every shard; and the log hears of what nobody flipped on this node. */
final class SwitchNews implements SwitchListener {

    private static final Logger LOG = LogManager.getLogger(SwitchNews.class);

    private final List<Shard> shards;

    /** @param shards that have been started so far; grows while they start */
    SwitchNews(List<Shard> shards) {
        this.shards = shards;
    }

    @Override
    public void changed(SwitchObject object, SwitchRule before, SwitchRule after, Cause cause, Duration grace) {
        shards.forEach(shard -> shard.endAll(object, grace));
        if (cause != Cause.FLIPPED) {
            LOG.info(
                    "switch {} ({}): \"{}\" -> \"{}\"",
                    object,
                    cause.name().toLowerCase(Locale.ROOT),
                    before.inWords(),
                    after.inWords());
        }
    }

    @Override
    public void notKept(SwitchObject object, Throwable why) {
        LOG.warn("switch {}: the store did not keep it, a restart may forget it: {}", object, why.toString());
    }
}
