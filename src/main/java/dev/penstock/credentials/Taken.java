// SPDX-License-Identifier: Apache-2.0
package dev.penstock.credentials;

import dev.penstock.config.ProviderConfig.AwsKeys;

/** What a step of the chain came to. A step that is set up and fails is neither: it ends the chain. */
sealed interface Taken {

    /** The end of the chain. */
    record Found(Lease<AwsKeys> lease) implements Taken {}

    /** The next step may have more. */
    record Nothing(String why) implements Taken {}
}
