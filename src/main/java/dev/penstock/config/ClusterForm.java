// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The section {@code cluster}. */
record ClusterForm(
        @Key(value = "Work together with other nodes: they tell each other which targets are out.", def = "false")
        boolean enabled,

        @Key(value = "Name of the cluster. Nodes with another name are refused. It is no secret.", def = "penstock")
        String name,

        @Key(
                value =
                        "How others are found: tcp (they are listed), kubernetes (pods behind a headless service), dns (all"
                                + " addresses of a name) or multicast.",
                def = "tcp")
        ClusterConfig.Discovery discovery,

        @Key(
                value = "With discovery tcp: where other nodes may be. The node itself may be listed as well.",
                unset = "none")
        List<@Nullable HostPort> members,

        @Key(
                value = "With discovery kubernetes or dns: the name whose addresses are the nodes.",
                unset = "required there")
        @Nullable
        Host service,

        @Key(
                name = "interface",
                value =
                        "The address of this node that others reach, or the network that it lies in. All addresses at once is"
                                + " not offered.",
                unset = "loopback while all members are; else required")
        @Nullable
        BindNetwork bind,

        @Key(
                value = "Where members speak to each other; with kubernetes and dns the same on all nodes.",
                def = "5701",
                min = "1",
                max = "65535")
        int port,

        @Key(value = "Where announcements arrive; 0 lets the system choose.", def = "5702", min = "0", max = "65535")
        int busPort,

        @Key(value = "What others connect to, where that is not interface and port.", unset = "interface and port")
        @Nullable
        HostPort publicAddress,

        @Key(
                value = "What others connect to, where that is not interface and bus_port.",
                unset = "interface and bus_port")
        @Nullable
        HostPort busPublicAddress,

        @Key(
                value =
                        "When the cluster cannot be started, as with a port in use: true ends the process with code 4, false"
                                + " serves alone. To find no other node is no failure.",
                def = "true")
        boolean required,

        @Key(value = "Time for finding the others and joining them.", def = "20s", min = "1s", max = "10m")
        Duration joinTimeout) {}
