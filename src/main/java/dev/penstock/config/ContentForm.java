// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The section {@code tenants.<name>.content}. */
@ShortForm(value = "record", forms = "metadata, sampled, full, or a map with record and others")
record ContentForm(
        @Key(
                value =
                        "What of its calls is written down: metadata, which is figures and names; full, which is the request and"
                                + " the answer as well; or sampled, which is full for a share of the calls.",
                required = true)
        LedgerConfig.@Nullable Content record,

        @Key(value = "Of which share, with record: sampled.", def = "1%", max = "100%")
        Share share,

        @Key(
                value =
                        "What is replaced by its kind, such as [email], before anything is written: email, phone, card, iban,"
                                + " secret. [] for nothing; keys of this configuration are always replaced.",
                unset = "all of them")
        List<ContentConfig.@Nullable Kind> redact,

        @Key(value = "How long it is kept.", def = "7d", min = "1h", max = "10y")
        Age keep,

        @Key(
                value =
                        "How much of a request is kept, and how much of an answer. What is longer is cut, and marked so.",
                def = "64KiB",
                min = "1KiB",
                max = "256KiB")
        ByteSize max) {}
