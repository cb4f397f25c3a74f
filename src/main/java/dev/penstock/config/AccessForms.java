// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The section {@code roles}, and keys of tenants. */
final class AccessForms {

    private AccessForms() {}

    /** One entry of {@code tenants.<name>.keys}. */
    record TenantKey(
            @Key(value = "Its name for people, which no other key has.", required = true) @Nullable
            String id,

            @Key(
                    value =
                            "The key itself. One of the form ps-<public id>-<secret> is found by its public id; any other is"
                                    + " compared with all.",
                    required = true)
            @Nullable
            Secret secret,

            @Key(value = "What it may do, by the name of a role.", unset = "chat, embeddings, models and usage")
            @Nullable
            String role,

            @Key(value = "From when on it is refused. A date means its beginning in UTC.", unset = "never") @Nullable
            Moment expires,

            @Key(
                    value = "Of the models that its role may call, only these. * stands for any text.",
                    unset = "all of them")
            List<@Nullable String> models,

            @Key(
                    value = "Of the features that its role may use, only these. * stands for any text.",
                    unset = "all of them")
            List<@Nullable String> features,

            @Key(value = "The networks that it may be used from.", unset = "all")
            List<@Nullable NetworkBlock> ips,

            @Key(value = "How much it may ask for, inside of what its tenant may.", unset = "as much as its tenant")
            LimitForm.@Nullable Counts limits,

            @Key(value = "What its calls may cost, inside of what its tenant's may.", unset = "as much as its tenant's")
            LimitForm.@Nullable Money budget) {}

    /** One entry of {@code roles}. */
    record Role(
            @Key(
                    value =
                            "What its callers may do: chat, embeddings, models, usage (what the own tenant used), users (name the person in x-penstock-user),"
                                    + " admin.read, admin.write, admin.*, audit.read, content.read or *.",
                    required = true)
            @Nullable
            List<@Nullable String> may,

            @Key(
                    value = "The models that they may call, by the names that clients send. * stands for any text.",
                    unset = "none; all where may is *")
            List<@Nullable String> models,

            @Key(value = "The features that they may use. * stands for any text.", unset = "none; all where may is *")
            List<@Nullable String> features,

            @Key(
                    value = "The tools that the gateway may call for them. * stands for any text.",
                    unset = "none; all where may is *")
            List<@Nullable String> tools) {}
}
