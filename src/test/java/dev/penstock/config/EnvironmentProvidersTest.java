// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.ProviderConfig.Type;
import dev.penstock.exchange.ApiSchema;
import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Providers that appear because a variable of their own SDK is set. */
final class EnvironmentProvidersTest {

    @TempDir
    Path folder;

    ConfigRoom room;

    @BeforeEach
    void openRoom() {
        room = new ConfigRoom(folder);
    }

    @ParameterizedTest
    @CsvSource({
        "OPENAI_API_KEY, openai, https://api.openai.com/v1, true",
        "MISTRAL_API_KEY, mistral, https://api.mistral.ai/v1, false",
        "GROQ_API_KEY, groq, https://api.groq.com/openai/v1, true",
        "DEEPSEEK_API_KEY, deepseek, https://api.deepseek.com/v1, true",
        "OPENROUTER_API_KEY, openrouter, https://openrouter.ai/api/v1, true",
        "TOGETHER_API_KEY, together, https://api.together.xyz/v1, true",
        "XAI_API_KEY, xai, https://api.x.ai/v1, true",
        "PERPLEXITY_API_KEY, perplexity, https://api.perplexity.ai, true",
        "CEREBRAS_API_KEY, cerebras, https://api.cerebras.ai/v1, true",
        "CO_API_KEY, cohere, https://api.cohere.ai/compatibility/v1, false",
        "COHERE_API_KEY, cohere, https://api.cohere.ai/compatibility/v1, false"
    })
    void aKeyIsEnough(String variable, String name, URI url, boolean usage) {
        ProviderConfig provider =
                room.env(variable, "k-1").snapshot().providers().get(name);

        assertThat(provider.type()).isEqualTo(Type.OPENAI);
        assertThat(provider.baseUrl()).isEqualTo(url);
        assertThat(provider.apiKey()).isEqualTo(Secret.of("k-1"));
        assertThat(provider.usageInStream()).isEqualTo(usage);
        assertThat(provider.origin()).isEqualTo(variable);
    }

    @ParameterizedTest
    @CsvSource({
        "llama.example, http://llama.example:11434/v1",
        "llama.example:8080, http://llama.example:8080/v1",
        ":8080, http://127.0.0.1:8080/v1",
        "0.0.0.0, http://127.0.0.1:11434/v1",
        "0.0.0.0:5000, http://127.0.0.1:5000/v1",
        "http://llama.example, http://llama.example:80/v1",
        "https://llama.example/, https://llama.example:443/v1",
        "https://llama.example/base/, https://llama.example:443/base/v1",
        "http://llama.example:1234/v1, http://llama.example:1234/v1",
        "[::1]:7777, http://[::1]:7777/v1",
        "::1, http://[::1]:11434/v1",
        "[::], http://[::1]:11434/v1"
    })
    void readsOllamaHostAsOllamaDoes(String host, URI url) {
        ProviderConfig ollama =
                room.env("OLLAMA_HOST", host).snapshot().providers().get("ollama");

        assertThat(ollama.baseUrl()).isEqualTo(url);
        assertThat(ollama.apiKey()).isNull();
    }

    @Test
    void openaisOwnBaseUrlIsHonoured() {
        room.env("OPENAI_API_KEY", "k").env("OPENAI_BASE_URL", "http://127.0.0.1:1234/v1/");

        Snapshot snapshot = room.snapshot();

        assertThat(snapshot.providers().get("openai").baseUrl()).isEqualTo(URI.create("http://127.0.0.1:1234/v1"));
        assertThat(snapshot.exampleModel())
                .as("gpt-4o-mini may not exist there")
                .isEqualTo("demo/demo");
    }

    @Test
    void anEmptyVariableBringsNothing() {
        room.env("OPENAI_API_KEY", "").env("OLLAMA_HOST", " ");

        assertThat(room.snapshot().providers()).containsOnlyKeys("demo");
    }

    @Test
    void aWrongVariableIsAProblemWithItsName() {
        room.env("OPENAI_API_KEY", "k").env("OPENAI_BASE_URL", "api.example/v1").env("GROQ_API_KEY", "a\nb");

        assertThat(room.problems())
                .containsExactly(
                        "OPENAI_BASE_URL  providers.openai.base_url  \"api.example/v1\"; expected an http or https URL, such as"
                                + " https://host.example/v1",
                        "GROQ_API_KEY  providers.groq.api_key  a secret with blanks or characters that no header can carry;"
                                + " expected printable ASCII");
    }

    @Test
    void anthropicsKeyBringsAnthropic() {
        ProviderConfig anthropic =
                room.env("ANTHROPIC_API_KEY", "k-1").snapshot().providers().get("anthropic");

        assertThat(anthropic.type()).isEqualTo(Type.ANTHROPIC);
        assertThat(anthropic.schema()).isEqualTo(ApiSchema.ANTHROPIC_MESSAGES);
        assertThat(anthropic.baseUrl()).isEqualTo(URI.create("https://api.anthropic.com"));
        assertThat(anthropic.apiKey()).isEqualTo(Secret.of("k-1"));
        assertThat(anthropic.extras().defaultMaxTokens()).isEqualTo(4096);
        assertThat(anthropic.origin()).isEqualTo("ANTHROPIC_API_KEY");
    }

    @Test
    void anthropicsOwnBaseUrlIsHonouredOnlyWithAKey() {
        room.env("ANTHROPIC_BASE_URL", "http://127.0.0.1:1234/");

        assertThat(room.snapshot().providers()).doesNotContainKey("anthropic");

        room.env("ANTHROPIC_API_KEY", "k");

        assertThat(room.snapshot().providers().get("anthropic").baseUrl())
                .isEqualTo(URI.create("http://127.0.0.1:1234"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"GEMINI_API_KEY", "GOOGLE_API_KEY"})
    void eitherKeyOfGeminiBringsGemini(String variable) {
        ProviderConfig gemini = room.env(variable, "k-1").snapshot().providers().get("gemini");

        assertThat(gemini.type()).isEqualTo(Type.GEMINI);
        assertThat(gemini.schema()).isEqualTo(ApiSchema.GEMINI_GENERATE_CONTENT);
        assertThat(gemini.baseUrl()).isEqualTo(URI.create("https://generativelanguage.googleapis.com"));
        assertThat(gemini.origin()).isEqualTo(variable);
    }

    @Test
    void geminisOwnKeyGoesBeforeGooglesCommonOne() {
        room.env("GOOGLE_API_KEY", "common").env("GEMINI_API_KEY", "own");

        assertThat(room.snapshot().providers().get("gemini").apiKey()).isEqualTo(Secret.of("own"));
    }

    @ParameterizedTest
    @CsvSource({"'', ''", "2024-10-21, 2024-10-21"})
    void azureNeedsKeyAndEndpoint(String variable, String version) {
        ProviderConfig azure = room.env("AZURE_OPENAI_API_KEY", "k-1")
                .env("AZURE_OPENAI_ENDPOINT", "https://acme.openai.azure.com/")
                .env("OPENAI_API_VERSION", variable)
                .snapshot()
                .providers()
                .get("azure");

        assertThat(azure.type()).isEqualTo(Type.AZURE);
        assertThat(azure.schema()).isEqualTo(ApiSchema.OPENAI_CHAT);
        assertThat(azure.baseUrl()).isEqualTo(URI.create("https://acme.openai.azure.com"));
        assertThat(azure.apiKey()).isEqualTo(Secret.of("k-1"));
        assertThat(azure.extras().apiVersion()).isEqualTo(version);
        assertThat(azure.usageInStream()).isTrue();
        assertThat(azure.origin()).isEqualTo("AZURE_OPENAI_API_KEY");
    }

    @ParameterizedTest
    @ValueSource(strings = {"AWS_REGION", "AWS_DEFAULT_REGION"})
    void bedrockNeedsItsKeyAndARegion(String regionVariable) {
        ProviderConfig bedrock = room.env("AWS_BEARER_TOKEN_BEDROCK", "k-1")
                .env(regionVariable, "eu-central-1")
                .snapshot()
                .providers()
                .get("bedrock");

        assertThat(bedrock.type()).isEqualTo(Type.BEDROCK);
        assertThat(bedrock.schema()).isEqualTo(ApiSchema.BEDROCK_CONVERSE);
        assertThat(bedrock.baseUrl()).isEqualTo(URI.create("https://bedrock-runtime.eu-central-1.amazonaws.com"));
        assertThat(bedrock.apiKey()).isEqualTo(Secret.of("k-1"));
        assertThat(bedrock.extras()).isEqualTo(new ProviderConfig.Extras("", 0, "eu-central-1", null));
        assertThat(bedrock.origin()).isEqualTo("AWS_BEARER_TOKEN_BEDROCK");
    }

    @Test
    void accessKeysSignWhereThereIsNoKeyOfBedrock() {
        room.env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
                .env("AWS_SECRET_ACCESS_KEY", "secret/+1")
                .env("AWS_SESSION_TOKEN", "session==")
                .env("AWS_REGION", "us-east-1");

        ProviderConfig bedrock = room.snapshot().providers().get("bedrock");

        assertThat(bedrock.apiKey()).isNull();
        assertThat(bedrock.extras().awsKeys())
                .isEqualTo(new ProviderConfig.AwsKeys(
                        Secret.of("AKIDEXAMPLE"), Secret.of("secret/+1"), Secret.of("session==")));
        assertThat(bedrock.origin()).isEqualTo("AWS_ACCESS_KEY_ID");

        room.env("AWS_BEARER_TOKEN_BEDROCK", "k-1");

        assertThat(room.snapshot().providers().get("bedrock").extras().awsKeys())
                .isNull();
    }

    @Test
    void aRegionThatIsPartOfAnotherHostIsRefused() {
        room.env("AWS_BEARER_TOKEN_BEDROCK", "k-1").env("AWS_REGION", "x.evil.example/");

        assertThat(room.problems())
                .containsExactly(
                        "AWS_REGION  providers.bedrock.region  \"x.evil.example/\"; expected a region of AWS, such as eu-central-1");
    }

    @Test
    void whatIsNotEnoughForAProviderIsNamed() {
        room.env("AZURE_OPENAI_API_KEY", "canary").env("AWS_BEARER_TOKEN_BEDROCK", "canary");

        assertThat(room.loaded().notices())
                .containsExactly(
                        "AZURE_OPENAI_API_KEY is set, but AZURE_OPENAI_ENDPOINT is not: the provider azure is left out.",
                        "AWS_BEARER_TOKEN_BEDROCK is set, but AWS_REGION is not: the provider bedrock is left out.");
    }

    @ParameterizedTest
    @CsvSource({
        "AWS_ACCESS_KEY_ID, 'AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not'",
        "AWS_PROFILE, 'AWS_PROFILE is set, but AWS_REGION is not, nor does the profile name a region'"
    })
    void halfOfAwsIsNamed(String variable, String why) {
        room.env(variable, "canary");
        if (!variable.equals("AWS_PROFILE")) {
            room.env("AWS_REGION", "eu-west-1");
        }

        assertThat(room.loaded().notices()).containsExactly(why + ": the provider bedrock is left out.");
    }

    @ParameterizedTest
    @CsvSource({
        "AWS_PROFILE, work, AWS_PROFILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, /v2/c, AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI, http://169.254.170.23/v1/credentials, AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_WEB_IDENTITY_TOKEN_FILE, /var/token, AWS_WEB_IDENTITY_TOKEN_FILE"
    })
    void whatShowsThatCredentialsAreMeantBringsBedrock(String variable, String value, String origin) {
        room.env(variable, value).env("AWS_ROLE_ARN", "arn:aws:iam::1:role/r").env("AWS_REGION", "eu-west-1");

        ProviderConfig bedrock = room.snapshot().providers().get("bedrock");

        assertThat(bedrock.origin()).isEqualTo(origin);
        assertThat(bedrock.apiKey()).isNull();
        assertThat(bedrock.extras().awsKeys()).isNull();
        assertThat(bedrock.extras().login()).isInstanceOf(AwsLogin.class);
        assertThat(room.loaded().notices()).isEmpty();
    }

    @Test
    void keysOfTheEnvironmentNeedNoFetching() {
        room.env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
                .env("AWS_SECRET_ACCESS_KEY", "canary")
                .env("AWS_PROFILE", "work")
                .env("AWS_REGION", "eu-west-1");

        assertThat(room.snapshot().providers().get("bedrock").extras().login()).isNull();
    }

    @Test
    void theRegionMayStandInTheProfile() {
        room.file("aws-config", "[profile work]\nregion = eu-south-1\n")
                .env("AWS_CONFIG_FILE", folder.resolve("aws-config").toString())
                .env("AWS_PROFILE", "work");

        assertThat(room.snapshot().providers().get("bedrock").baseUrl())
                .isEqualTo(URI.create("https://bedrock-runtime.eu-south-1.amazonaws.com"));
    }

    @Test
    void aMachineThatMightHaveARoleBringsNothingByItself() {
        room.env("AWS_REGION", "eu-west-1").env("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1");

        assertThat(room.snapshot().providers()).containsOnlyKeys("demo");
    }

    @ParameterizedTest
    @CsvSource({
        "AWS_CONTAINER_CREDENTIALS_FULL_URI, http://evil.example/c, 'https, this machine or the address of an agent of ECS or EKS'",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI, http://169.254.169.254/c, 'https, this machine or the address of an agent of ECS or EKS'",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI, file:///etc/passwd, an http or https URL",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, .evil.example/c, 'a path, such as /v2/credentials'",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, @evil.example/c, an http or https URL",
        "AWS_ENDPOINT_URL_STS, sts.example, an http or https URL"
    })
    void anAddressThatNoSdkWouldAskIsRefused(String variable, String value, String expected) {
        room.env("AWS_PROFILE", "work").env("AWS_REGION", "eu-west-1").env(variable, value);

        assertThat(room.problems())
                .containsExactly(variable + "  providers.bedrock  \"" + value + "\"; expected " + expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://agent.example/c",
                "http://localhost:1/c",
                "http://127.0.0.1/c",
                "http://[::1]/c",
                "http://169.254.170.2/c",
                "http://169.254.170.23/c",
                "http://[fd00:ec2::23]/c"
            })
    void theAddressesOfAgentsAreAllowed(String url) {
        room.env("AWS_CONTAINER_CREDENTIALS_FULL_URI", url)
                .env("AWS_CONTAINER_AUTHORIZATION_TOKEN", "canary")
                .env("AWS_REGION", "eu-west-1");

        AwsLogin login =
                (AwsLogin) room.snapshot().providers().get("bedrock").extras().login();

        assertThat(login.container()).isEqualTo(new AwsLogin.Container(URI.create(url), Secret.of("canary"), null));
        assertThat(login.toString()).doesNotContain("canary");
    }

    @Test
    void aRegionAloneSaysNothing() {
        assertThat(room.env("AWS_REGION", "eu-west-1").loaded().notices()).isEmpty();
    }

    @Test
    void aProviderOfTheFileLeavesNothingOut() {
        room.env("AWS_PROFILE", "work").yaml("""
                providers:
                  bedrock: {type: bedrock, region: eu-west-1, api_key: k}
                """);

        assertThat(room.loaded().notices()).isEmpty();
    }
}
