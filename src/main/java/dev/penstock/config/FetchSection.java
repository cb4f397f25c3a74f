// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** From {@code fetch} in the file to {@link FetchConfig}. */
final class FetchSection {

    /** Where no image stands, but what a machine's own services answer at: keys of a cloud, routers, everyone at once. */
    private static final List<NetworkBlock> NEVER = List.of(
            NetworkBlock.of("0.0.0.0/8"),
            NetworkBlock.of("169.254.0.0/16"),
            NetworkBlock.of("224.0.0.0/3"),
            NetworkBlock.of("fe80::/10"),
            NetworkBlock.of("ff00::/8"));

    private final FetchForm form;
    private final Binder binder;
    private final Problems problems;

    FetchSection(FetchForm form, Binder binder, Problems problems) {
        this.form = form;
        this.binder = binder;
        this.problems = problems;
    }

    FetchConfig assemble() {
        List<@Nullable NetworkBlock> networks = form.privateNetworks();
        for (int i = 0; i < networks.size(); i++) {
            NetworkBlock network = networks.get(i);
            if (network != null && NEVER.stream().anyMatch(never -> inside(network, never))) {
                String path = "fetch.private_networks[" + i + "]";
                problems.unexpected(
                        binder.at(path),
                        path,
                        binder.shown(path),
                        "a network that is neither link-local nor multicast nor reserved");
            }
        }
        return new FetchConfig(
                form.hosts().stream().filter(Objects::nonNull).toList(),
                (int) form.max().bytes(),
                form.timeout(),
                networks.stream().filter(Objects::nonNull).toList());
    }

    private static boolean inside(NetworkBlock inner, NetworkBlock outer) {
        return inner.bits() >= outer.bits() && outer.contains(inner.base());
    }
}
