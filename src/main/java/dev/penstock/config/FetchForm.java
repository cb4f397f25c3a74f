// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The section {@code fetch}. */
record FetchForm(
        @Key(
                value =
                        "Hosts that images are fetched from; none means that such requests are refused. A name, or *. before a"
                                + " name for all below it; with :port for another than the usual one, with http:// where"
                                + " https is not needed.",
                unset = "none")
        List<@Nullable FetchHost> hosts,

        @Key(
                value = "Largest image; all of a request may have four times as much.",
                def = "8MiB",
                min = "1KiB",
                max = "32MiB")
        ByteSize max,

        @Key(value = "Time for all images of a request together.", def = "5s", min = "1ms", max = "5m")
        Duration timeout,

        @Key(value = "Networks that may be connected to although they are not public.", unset = "none")
        List<@Nullable NetworkBlock> privateNetworks) {}
