// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.ConfigLoader;
import dev.penstock.config.LoadResult;
import dev.penstock.config.Secret;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class OwnSecretsTest {

    @TempDir
    private Path folder;

    @Test
    void everyKeyThatStandsInTheConfigurationIsReplacedInWhatIsTakenDown() throws Exception {
        Path file = folder.resolve("penstock.yaml");
        Files.writeString(file, """
                server: {admin_token: canary-admin-token}
                auth: {pepper: canary-pepper-of-thirty-two-bytes!!}
                tenants: {acme: {keys: [{id: a, secret: ps-a-canaryCanary1}]}}
                providers:
                  one: {type: openai, base_url: https://one.example/v1, api_key: canary-provider-key}
                  rock: {type: bedrock, region: eu-central-1, access_key_id: AKIACANARYCANARY1, secret_access_key: canary-aws-secret}
                observability:
                  audit:
                    dir: "%s"
                    anchor:
                      webhook: https://anchor.example.com/heads
                      secret: canary-anchor-secret
                      s3: {bucket: heads, region: eu-central-1, access_key_id: AKIACANARYCANARY2, secret_access_key: canary-bucket-secret}
                alerts:
                  to: [{type: pagerduty, routing_key: canary-routing-key}]
                """.formatted(folder.resolve("audit")));
        LoadResult loaded = new ConfigLoader(List.of(file), folder, Map.of(), null).load();
        assertThat(loaded).isInstanceOf(LoadResult.Loaded.class);
        LoadResult.Loaded valid = (LoadResult.Loaded) loaded;
        assertThat(Secrets.of(valid.snapshot()).stream().map(Secret::reveal))
                .contains(
                        "canary-admin-token",
                        "canary-pepper-of-thirty-two-bytes!!",
                        "ps-a-canaryCanary1",
                        "canary-provider-key",
                        "AKIACANARYCANARY1",
                        "canary-aws-secret",
                        "canary-anchor-secret",
                        "AKIACANARYCANARY2",
                        "canary-bucket-secret",
                        "canary-routing-key");
    }
}
