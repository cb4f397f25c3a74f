// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The two shared files of AWS, as people write them. */
final class AwsProfilesTest {

    @TempDir
    Path folder;

    @Test
    void bothFilesMakeOneProfileAndTheOneWithTheCredentialsWins() throws Exception {
        AwsProfiles read = read("""
                [default]
                region = eu-west-1
                [profile work]
                region=eu-north-1
                aws_access_key_id = from-config
                """, """
                [work]
                AWS_ACCESS_KEY_ID = from-credentials
                aws_secret_access_key = a/b+c=d==
                """);

        assertThat(read.profile("default")).isEqualTo(Map.of("region", "eu-west-1"));
        assertThat(read.profile("work"))
                .isEqualTo(Map.of(
                        "region", "eu-north-1",
                        "aws_access_key_id", "from-credentials",
                        "aws_secret_access_key", "a/b+c=d=="));
        assertThat(read.profile("home")).isNull();
    }

    @Test
    void commentsNestedSettingsAndOtherSectionsAreLeftOut() throws Exception {
        AwsProfiles read = read("""
                # region = no
                stray = no
                [profile\tspaced  ] ; a comment
                region = eu-west-1 # here
                url = http://h/#part;x
                s3 =
                  max_concurrent_requests = 20
                no equals sign
                = nothing

                [sso-session corp]
                sso_region = us-east-1
                [work]
                region = not-a-profile-in-this-file
                [profile]
                [broken
                region = no
                """.replace("\n", "\r\n"), "");

        assertThat(read.profile("spaced"))
                .isEqualTo(Map.of("region", "eu-west-1", "url", "http://h/#part;x", "s3", ""));
        assertThat(read.profile("work")).isNull();
        assertThat(read.profile("sso-session corp")).isNull();
        assertThat(read.profile("corp")).isNull();
    }

    @Test
    void aFileThatDoesNotExistIsEmptyAndOneThatCannotBeReadIsNot() throws Exception {
        AwsLogin.Profile absent = new AwsLogin.Profile("x", false, false, folder.resolve("none"), null);
        assertThat(AwsProfiles.read(absent).profile("x")).isNull();

        AwsLogin.Profile directory = new AwsLogin.Profile("x", false, false, folder, null);
        assertThatThrownBy(() -> AwsProfiles.read(directory)).isInstanceOf(IOException.class);

        Path large = Files.writeString(folder.resolve("large"), "#".repeat((1 << 20) + 1));
        AwsLogin.Profile endless = new AwsLogin.Profile("x", false, false, null, large);
        assertThatThrownBy(() -> AwsProfiles.read(endless)).isInstanceOf(IOException.class);
    }

    private AwsProfiles read(String config, String credentials) throws IOException {
        Path first = Files.writeString(folder.resolve("config"), config);
        Path second = Files.writeString(folder.resolve("credentials"), credentials);
        return AwsProfiles.read(new AwsLogin.Profile("default", false, false, first, second));
    }
}
