// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.net.URI;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The steps at which credentials of AWS may be found, in the order of AWS's SDKs. Access keys of the environment are not among
 * them: they need no fetching and are {@link ProviderConfig.AwsKeys}.
 *
 * @param region of the endpoint that roles are assumed at, which a signature names
 * @param sts where roles are assumed
 * @param profile a section of the shared files
 * @param webIdentity the role of a workload that carries a token in a file, or null
 * @param container where the agent of a container platform answers, or null
 * @param metadata where the metadata service of the machine answers, or null when it must not be asked
 */
public record AwsLogin(
        String region,
        URI sts,
        Profile profile,
        @Nullable WebIdentity webIdentity,
        @Nullable Container container,
        @Nullable URI metadata)
        implements CloudLogin {

    /** What the profile is called when nobody names one. */
    static final String DEFAULT_PROFILE = "default";

    /**
     * A section of the shared files.
     *
     * @param name as after {@code profile} in the one file, and alone in the other
     * @param named whether somebody asked for this one, so that its absence is a mistake
     * @param only whether it is the only step: the provider's own key {@code profile} names it
     * @param config the file with settings, or null where there is no home to look in
     * @param credentials the file with keys, or null where there is no home to look in
     */
    public record Profile(
            String name,
            boolean named,
            boolean only,
            @Nullable Path config,
            @Nullable Path credentials) {}

    /**
     * A role that is assumed with a token.
     *
     * @param tokenFile read again for every assumption, because the platform replaces the token
     * @param sessionName how the session is called in AWS's logs
     */
    public record WebIdentity(Path tokenFile, String roleArn, String sessionName) {

        /** The name of a session that nobody has named. */
        public static final String SESSION_NAME = "penstock";
    }

    /**
     * The agent of ECS or EKS.
     *
     * @param token sent as {@code authorization}, or null
     * @param tokenFile holds the token instead, or null; read again each time
     */
    public record Container(
            URI url, @Nullable Secret token, @Nullable Path tokenFile) {}
}
