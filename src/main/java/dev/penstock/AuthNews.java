// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.auth.AuthListener;
import dev.penstock.ingress.EdgeListener;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** The log hears of identity providers, and who hears of the edge's refusals hears who was not let in. */
record AuthNews(EdgeListener edge) implements AuthListener {

    private static final Logger LOG = LogManager.getLogger(AuthNews.class);

    @Override
    public void keysNotFetched(String issuer, boolean held, String why) {
        LOG.warn("no keys of {}, {}: {}", issuer, held ? "the old ones still hold" : "none are held", why);
    }

    @Override
    public void refused(String code, String source) {
        edge.onNotLetIn(code, source);
    }
}
