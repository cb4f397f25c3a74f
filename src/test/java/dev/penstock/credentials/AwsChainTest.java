// SPDX-License-Identifier: Apache-2.0
package dev.penstock.credentials;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.AwsLogin;
import dev.penstock.config.ProviderConfig.AwsKeys;
import dev.penstock.config.Secret;
import dev.penstock.exchange.GatewayError;
import dev.penstock.kit.RefusedPort;
import dev.penstock.schema.bedrock.SigV4;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each place where credentials of AWS are found, their order, and every way in which one of them can fail. */
final class AwsChainTest {

    private static final String ROLE = "arn:aws:iam::123456789012:role/gateway";
    private static final String CANARY = "canary";
    private static final AwsKeys TEMPORARY =
            new AwsKeys(Secret.of("ASIATEMP"), Secret.of("canary/secret+1"), Secret.of("canary-session=="));
    private static final String UNTIL = "2026-01-01T01:00:00Z";
    private static final String JSON =
            "{\"Code\":\"Success\",\"AccessKeyId\":\"ASIATEMP\",\"SecretAccessKey\":\"canary/secret+1\","
                    + "\"Token\":\"canary-session==\",\"Expiration\":\"" + UNTIL + "\",\"More\":{}}";
    private static final String ROLES = "/latest/meta-data/iam/security-credentials/";

    @TempDir
    Path folder;

    private CloudRoom room;

    @BeforeEach
    void open() {
        room = new CloudRoom();
    }

    @AfterEach
    void close() {
        room.close();
    }

    // ---- web identity

    @Test
    void aTokenOfTheWorkloadIsExchangedForKeys() throws Exception {
        room.when("/", 200, xml("AssumeRoleWithWebIdentity", UNTIL));

        AwsKeys keys = room.keys(webIdentity("canary-token"));

        assertThat(keys).isEqualTo(TEMPORARY);
        assertThat(room.seen).hasSize(1);
        assertThat(room.seen.peek().method()).isEqualTo("POST");
        assertThat(room.seen.peek().headers().get("authorization")).isNull();
        assertThat(room.seen.peek().form())
                .containsExactly(
                        Map.entry("Action", "AssumeRoleWithWebIdentity"),
                        Map.entry("Version", "2011-06-15"),
                        Map.entry("RoleArn", ROLE),
                        Map.entry("RoleSessionName", "penstock"),
                        Map.entry("WebIdentityToken", "canary-token"));
    }

    @Test
    void theTokenIsReadAgainWhenTheKeysAreRenewed() throws Exception {
        AwsLogin login = webIdentity("first-token");
        room.when("/", 200, xml("AssumeRoleWithWebIdentity", UNTIL));
        room.keys(login);
        Files.writeString(folder.resolve("token"), "second-token\n");
        room.when("/", 200, xml("AssumeRoleWithWebIdentity", "2026-01-01T02:00:00Z"));

        room.advance(Duration.ofMinutes(56));
        assertThat(room.keys(login)).isEqualTo(TEMPORARY);
        room.awaitQuestions(2);

        assertThat(room.seen.stream().map(one -> one.form().get("WebIdentityToken")))
                .containsExactly("first-token", "second-token");
    }

    @Test
    void aRefusalNamesTheCodeAndEndsTheChain() throws Exception {
        room.when(
                        "/",
                        403,
                        "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>"
                                + "<Code>AccessDenied</Code><Message>canary is not authorized</Message></Error></ErrorResponse>")
                .when("/latest/api/token", 200, "token");

        GatewayError error = room.refusal(webIdentity("canary-token"));

        assertThat(error)
                .hasMessage(
                        "No credentials of AWS could be had: environment: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
                                + " are not both set; web identity: STS refused, status 403, AccessDenied.");
        assertThat(room.targets())
                .as("the machine's own role is not taken instead")
                .containsExactly("POST /");
    }

    @Test
    void nothingOfAMissingTokenFileIsTold() {
        AwsLogin login = login(none(), new AwsLogin.WebIdentity(folder.resolve("canary"), ROLE, "s"), null, room.url());

        assertThat(room.refusal(login).getMessage())
                .contains("web identity: the file of AWS_WEB_IDENTITY_TOKEN_FILE does not exist.")
                .doesNotContain(CANARY);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "canary",
                "{\"canary\":1}",
                "<a><b>canary</a>",
                "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/hostname\">]><a><Credentials><AccessKeyId>&x;</AccessKeyId></Credentials></a>",
                "<!DOCTYPE a SYSTEM \"http://127.0.0.1:1/canary.dtd\"><a/>",
                "<a><AccessKeyId>&canary;</AccessKeyId></a>",
                "<a><AccessKeyId>canary</AccessKeyId></a>",
                "<a><AccessKeyId>canary</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken></a>",
                "<a><AccessKeyId>canary</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>soon</Expiration></a>",
                "<a><AccessKeyId>a b</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken></a>"
            })
    void anAnswerThatIsNoneIsAFailureWithoutItsText(String body) throws Exception {
        room.when("/", 200, body);

        String message = room.refusal(webIdentity("canary-token")).getMessage();

        assertThat(message)
                .contains("web identity: the")
                .contains("answer of STS")
                .doesNotContain(CANARY);
        assertThat(message).doesNotContain("unexpected");
    }

    @Test
    void anEntityIsNotLookedUp() throws Exception {
        Path file = Files.writeString(folder.resolve("secret"), "canary");
        String xml = xml("AssumeRoleWithWebIdentity", UNTIL).replace("ASIATEMP", "&x;");
        room.when("/", 200, "<!DOCTYPE a [<!ENTITY x SYSTEM \"" + file.toUri() + "\">]>" + xml);

        assertThat(room.refusal(webIdentity("t")).getMessage())
                .contains("not the XML that was expected")
                .doesNotContain(CANARY);
    }

    @Test
    void oneThatIsTooLargeOrLateOrDeadIsNamed() throws Exception {
        room.when("/", 200, "x".repeat(300 << 10));
        assertThat(room.refusal(webIdentity("t")).getMessage())
                .contains("web identity: STS did not answer: the answer is larger than");

        room.when("/", asked -> null).hurry(Duration.ofMillis(100));
        room.advance(Duration.ofSeconds(1));
        assertThat(room.refusal(webIdentity("t")).getMessage()).contains("web identity: STS did not answer: ");

        try (RefusedPort nobody = RefusedPort.open()) {
            AwsLogin dead = new AwsLogin(
                    "eu-west-1",
                    URI.create("http://127.0.0.1:" + nobody.port()),
                    none(),
                    new AwsLogin.WebIdentity(folder.resolve("token"), ROLE, "s"),
                    null,
                    null);
            assertThat(room.refusal(dead).getMessage())
                    .contains("STS did not answer: the connection was refused")
                    .doesNotContain("127.0.0.1");
        }
    }

    @Test
    void keysThatCameExpiredAreNotUsed() throws Exception {
        room.when("/", 200, xml("AssumeRoleWithWebIdentity", "2025-12-31T23:59:59Z"));

        assertThat(room.refusal(webIdentity("t")).getMessage()).contains("had ended already");
    }

    // ---- shared files

    @Test
    void keysOfTheDefaultProfileAreUsed() throws Exception {
        shared(
                "[default]\nregion = eu-west-1\n",
                "[default]\naws_access_key_id = AKID\naws_secret_access_key=canary/1\n");

        assertThat(room.keys(login(files("default", false), null, null, room.url())))
                .isEqualTo(new AwsKeys(Secret.of("AKID"), Secret.of("canary/1"), null));
        assertThat(room.seen).isEmpty();
    }

    @Test
    void newKeysInTheFileAreFoundWithoutARestart() throws Exception {
        shared("", "[default]\naws_access_key_id = OLD\naws_secret_access_key=s\n");
        AwsLogin login = login(files("default", false), null, null, room.url());
        room.keys(login);
        shared("", "[default]\naws_access_key_id = NEW\naws_secret_access_key=s\n");
        room.advance(Duration.ofMinutes(5));

        long deadline = System.nanoTime() + CloudRoom.PATIENCE.toNanos();
        String id = "";
        while (!id.equals("NEW") && System.nanoTime() - deadline < 0) {
            id = room.keys(login).accessKeyId().reveal();
        }

        assertThat(id).isEqualTo("NEW");
    }

    @Test
    void aRoleIsAssumedWithTheKeysOfItsSourceProfile() throws Exception {
        shared("""
                [profile work]
                role_arn = %s
                source_profile = base
                external_id = ext-1
                duration_seconds = 900
                role_session_name = mine
                """.formatted(ROLE), """
                [base]
                aws_access_key_id = AKIDBASE
                aws_secret_access_key = canary/base
                aws_session_token = canary-base-session
                """);
        room.when("/", 200, xml("AssumeRole", UNTIL));

        AwsKeys keys = room.keys(login(files("work", true), null, null, room.url()));

        assertThat(keys).isEqualTo(TEMPORARY);
        CloudRoom.Seen asked = room.seen.peek();
        assertThat(asked.form())
                .containsExactly(
                        Map.entry("Action", "AssumeRole"),
                        Map.entry("Version", "2011-06-15"),
                        Map.entry("RoleArn", ROLE),
                        Map.entry("RoleSessionName", "mine"),
                        Map.entry("DurationSeconds", "900"),
                        Map.entry("ExternalId", "ext-1"));
        SigV4 signature = new SigV4("AKIDBASE", "canary/base", "canary-base-session", "eu-west-1", "sts");
        Map<String, String> expected = signature.sign(
                new SigV4.Request(
                        "POST",
                        asked.headers().get("host"),
                        "/",
                        "",
                        Map.of("content-type", asked.headers().get("content-type")),
                        SigV4.sha256(asked.body().getBytes(StandardCharsets.UTF_8))),
                room.time.now());
        assertThat(expected)
                .allSatisfy(
                        (name, value) -> assertThat(asked.headers().get(name)).isEqualTo(value));
    }

    @Test
    void aProfileMayNameItselfAndSourcesMayFollowEachOther() throws Exception {
        shared("""
                [profile self]
                role_arn = %1$s
                source_profile = self
                aws_access_key_id = AKIDSELF
                aws_secret_access_key = s
                [profile far]
                role_arn = %1$s
                source_profile = self
                """.formatted(ROLE), "");
        room.when("/", 200, xml("AssumeRole", UNTIL));

        assertThat(room.keys(login(files("far", true), null, null, room.url()))).isEqualTo(TEMPORARY);

        assertThat(room.seen.stream().map(one -> one.headers().get("authorization")))
                .hasSize(2)
                .satisfiesExactly(one -> assertThat(one).contains("Credential=AKIDSELF/"), two -> assertThat(two)
                        .contains("Credential=ASIATEMP/"));
    }

    @Test
    void aProfileMayHaveATokenOfItsOwn() throws Exception {
        Path token = Files.writeString(folder.resolve("own-token"), "canary-own");
        shared("[profile work]\nrole_arn=" + ROLE + "\nweb_identity_token_file=" + token + "\n", "");
        room.when("/", 200, xml("AssumeRoleWithWebIdentity", UNTIL));

        assertThat(room.keys(login(files("work", true), null, null, room.url())))
                .isEqualTo(TEMPORARY);
        assertThat(room.seen.peek().form()).containsEntry("WebIdentityToken", "canary-own");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "sso_session=x, sso_account_id=1 | sso_session is not supported",
                "credential_process=/bin/canary | credential_process is not supported",
                "login_session=arn | login_session is not supported",
                "role_arn=r, credential_source=Environment | credential_source is not supported",
                "role_arn=r, source_profile=base, mfa_serial=m | mfa_serial is not supported",
                "role_arn=r, source_profile=other | the source_profile other is in no shared file",
                "role_arn=r, source_profile=round | the source_profiles go round in a circle",
                "role_arn=r, web_identity_token_file=nowhere/canary | the web_identity_token_file of profile work does not exist",
                "aws_access_key_id=canary | profile work has no secret access key",
                "region=eu-west-1 | it holds no credentials"
            })
    void whatAProfileCannotDoHereIsSaid(String settings, String why) throws Exception {
        shared(
                "[profile work]\n" + settings.replace(", ", "\n")
                        + "\n[profile round]\nrole_arn=r\nsource_profile=work\n",
                "[base]\naws_access_key_id=a\naws_secret_access_key=canary\n");

        String message =
                room.refusal(login(files("work", true), null, null, room.url())).getMessage();

        assertThat(message).contains("profile work: ").contains(why).doesNotContain(CANARY);
        assertThat(room.seen).isEmpty();
    }

    @Test
    void aProfileThatIsNamedMustExistAndTheDefaultNeedNot() throws Exception {
        shared("[profile other]\nregion=x\n", "");

        assertThat(room.refusal(login(files("work", true), null, null, null)).getMessage())
                .endsWith("profile work: no shared file has it.");
        assertThat(room.refusal(login(files("default", false), null, null, null))
                        .getMessage())
                .contains("profile default: no shared file has it; container: ");
    }

    @Test
    void aProfileOfTheProviderItselfIsTheOnlyPlace() throws Exception {
        shared("", "[work]\naws_access_key_id=AKIDWORK\naws_secret_access_key=s\n");
        AwsLogin.Profile only =
                new AwsLogin.Profile("work", true, true, folder.resolve("config"), folder.resolve("credentials"));

        assertThat(room.keys(new AwsLogin("eu-west-1", room.url(), only, null, null, null))
                        .accessKeyId())
                .isEqualTo(Secret.of("AKIDWORK"));

        AwsLogin.Profile absent =
                new AwsLogin.Profile("home", true, true, folder.resolve("config"), folder.resolve("credentials"));
        assertThat(room.refusal(new AwsLogin("eu-west-1", room.url(), absent, null, null, null)))
                .hasMessage("No credentials of AWS could be had: profile home: no shared file has it.");
    }

    // ---- container

    @Test
    void theAgentOfAContainerHandsOutKeys() {
        room.when("/v2/credentials", 200, JSON.replace("\"Code\":\"Success\",", ""));

        AwsKeys keys = room.keys(login(
                none(),
                null,
                new AwsLogin.Container(room.url().resolve("/v2/credentials?id=1"), Secret.of("canary-auth"), null),
                null));

        assertThat(keys).isEqualTo(TEMPORARY);
        assertThat(room.targets()).containsExactly("GET /v2/credentials?id=1");
        assertThat(room.seen.peek().headers().get("authorization")).isEqualTo("canary-auth");
    }

    @Test
    void theTokenForTheAgentIsReadAgainEachTime() throws Exception {
        Path file = Files.writeString(folder.resolve("agent-token"), "one\n");
        AwsLogin login = login(
                none(), null, new AwsLogin.Container(room.url().resolve("/c"), Secret.of("not-this"), file), null);
        room.when("/c", 200, JSON);
        room.keys(login);
        Files.writeString(file, "two");
        room.advance(Duration.ofHours(1));
        room.when("/c", 200, JSON.replace(UNTIL, "2026-01-01T03:00:00Z"));

        room.keys(login);

        assertThat(room.seen.stream().map(one -> one.headers().get("authorization")))
                .containsExactly("one", "two");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "403 | canary | the agent refused, status 403",
                "302 | canary | the agent refused, status 302",
                "200 | canary | the answer of the container's agent is not a JSON object",
                "200 | [] | the answer of the container's agent is not a JSON object",
                "200 | {\"Code\":\"canary\"} | the answer of the container's agent is a refusal",
                "200 | {\"AccessKeyId\":7} | the answer of the container's agent has no access key",
                "200 | {\"AccessKeyId\":\"canary\",\"SecretAccessKey\":\"canary\"} | does not say until when it is valid"
            })
    void anAgentThatFailsEndsTheChain(int status, String body, String why) {
        room.when("/c", status, body).when("/latest/api/token", 200, "token");

        String message = room.refusal(
                        login(none(), null, new AwsLogin.Container(room.url().resolve("/c"), null, null), room.url()))
                .getMessage();

        assertThat(message).contains("container: ").contains(why).doesNotContain(CANARY);
        assertThat(room.targets()).containsExactly("GET /c");
    }

    // ---- the machine

    @Test
    void theMachinesRoleIsTheLastPlace() throws Exception {
        shared("", "");
        room.when("/latest/api/token", 200, "canary-imds\n")
                .when(ROLES, 200, "my-role\nanother\n")
                .when(ROLES + "my-role", 200, JSON);

        assertThat(room.keys(login(files("default", false), null, null, room.url())))
                .isEqualTo(TEMPORARY);

        assertThat(room.targets()).containsExactly("PUT /latest/api/token", "GET " + ROLES, "GET " + ROLES + "my-role");
        assertThat(room.seen.stream().map(one -> one.headers().get("x-aws-ec2-metadata-token")))
                .containsExactly(null, "canary-imds", "canary-imds");
        assertThat(room.seen.peek().headers().get("x-aws-ec2-metadata-token-ttl-seconds"))
                .isEqualTo("21600");
    }

    @Test
    void withoutATokenNothingElseIsAsked() {
        room.when("/latest/api/token", 403, "canary")
                .when(ROLES, 200, "my-role")
                .when(ROLES + "my-role", 200, JSON);

        assertThat(room.refusal(login(none(), null, null, room.url())).getMessage())
                .endsWith("instance metadata: the service refused, status 403.")
                .doesNotContain(CANARY);
        assertThat(room.targets()).containsExactly("PUT /latest/api/token");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "..", "a/b", "a?b", "<html>"})
    void aRoleWithAStrangeNameIsNone(String role) {
        room.when("/latest/api/token", 200, "t").when(ROLES, 200, role);

        assertThat(room.refusal(login(none(), null, null, room.url())).getMessage())
                .contains("instance metadata: the service named no role");
        assertThat(room.seen).hasSize(2);
    }

    @Test
    void aMachineWithoutARoleSaysSo() {
        room.when("/latest/api/token", 200, "t");

        assertThat(room.refusal(login(none(), null, null, room.url())).getMessage())
                .contains("instance metadata: the service refused, status 404");
    }

    @Test
    void aSilentServiceHoldsNobodyUpForLong() {
        room.when("/latest/api/token", asked -> null).hurry(Duration.ofMillis(50));

        assertThat(room.refusal(login(none(), null, null, room.url())).getMessage())
                .contains("instance metadata: the service did not answer: ");
    }

    // ---- the whole chain

    @Test
    void everyPlaceThatHadNothingIsNamedInItsOrder() throws Exception {
        shared("", "");

        assertThat(room.refusal(login(files("default", false), null, null, null)))
                .hasMessage("No credentials of AWS could be had:"
                        + " environment: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not both set;"
                        + " web identity: AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN are not both set;"
                        + " profile default: no shared file has it;"
                        + " container: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and AWS_CONTAINER_CREDENTIALS_FULL_URI are not set;"
                        + " instance metadata: AWS_EC2_METADATA_DISABLED is set.");
        assertThat(room.heard).hasSize(1).allMatch(line -> line.startsWith("AWS false environment: "));
    }

    @Test
    void theEarlierPlaceWins() throws Exception {
        Files.writeString(folder.resolve("token"), "t");
        AwsLogin.WebIdentity identity = new AwsLogin.WebIdentity(folder.resolve("token"), ROLE, "s");
        AwsLogin.Container agent = new AwsLogin.Container(room.url().resolve("/c"), null, null);
        shared("", "[default]\naws_access_key_id=AKIDFILE\naws_secret_access_key=s\n");
        room.when("/", 200, xml("AssumeRoleWithWebIdentity", UNTIL))
                .when("/c", 200, JSON.replace("ASIATEMP", "ASIAAGENT"))
                .when("/latest/api/token", 200, "t")
                .when(ROLES, 200, "r")
                .when(ROLES + "r", 200, JSON.replace("ASIATEMP", "ASIAMACHINE"));
        AwsLogin.Profile files = files("default", false);

        assertThat(id(login(files, identity, agent, room.url()))).isEqualTo("ASIATEMP");
        assertThat(id(login(files, null, agent, room.url()))).isEqualTo("AKIDFILE");
        assertThat(id(login(none(), null, agent, room.url()))).isEqualTo("ASIAAGENT");
        assertThat(id(login(none(), null, null, room.url()))).isEqualTo("ASIAMACHINE");
    }

    @Test
    void equalLoginsShareWhatWasFetchedUntilNobodyWantsThem() {
        room.when("/c", 200, JSON);
        AwsLogin login = login(none(), null, new AwsLogin.Container(room.url().resolve("/c"), null, null), null);
        AwsLogin equal = login(none(), null, new AwsLogin.Container(room.url().resolve("/c"), null, null), null);
        room.keys(login);
        room.keys(equal);
        assertThat(room.seen).hasSize(1);

        room.keepNothing();
        room.keys(login);

        assertThat(room.seen).hasSize(2);
    }

    // ---- helpers

    private String id(AwsLogin login) {
        return room.keys(login).accessKeyId().reveal();
    }

    private AwsLogin webIdentity(String token) throws IOException {
        Path file = Files.writeString(folder.resolve("token"), token);
        return login(none(), new AwsLogin.WebIdentity(file, ROLE, "penstock"), null, room.url());
    }

    private AwsLogin login(
            AwsLogin.Profile profile,
            AwsLogin.@Nullable WebIdentity identity,
            AwsLogin.@Nullable Container container,
            @Nullable URI metadata) {
        return new AwsLogin("eu-west-1", room.url(), profile, identity, container, metadata);
    }

    private static AwsLogin.Profile none() {
        return new AwsLogin.Profile("default", false, false, null, null);
    }

    private AwsLogin.Profile files(String name, boolean named) {
        return new AwsLogin.Profile(name, named, false, folder.resolve("config"), folder.resolve("credentials"));
    }

    private void shared(String config, String credentials) throws IOException {
        Files.writeString(folder.resolve("config"), config);
        Files.writeString(folder.resolve("credentials"), credentials);
    }

    private static String xml(String action, String until) {
        return "<?xml version=\"1.0\"?>\n<" + action
                + "Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n  <" + action
                + "Result>\n    <AssumedRoleUser><Arn>arn:x</Arn></AssumedRoleUser>\n    <Credentials>\n      <SessionToken>"
                + TEMPORARY.sessionToken().reveal() + "</SessionToken>\n      <SecretAccessKey>"
                + TEMPORARY.secretAccessKey().reveal() + "</SecretAccessKey>\n      <Expiration>" + until
                + "</Expiration>\n      <AccessKeyId>" + TEMPORARY.accessKeyId().reveal()
                + "</AccessKeyId>\n    </Credentials>\n  </" + action
                + "Result>\n  <ResponseMetadata><RequestId>r</RequestId>"
                + "</ResponseMetadata>\n</" + action + "Response>\n";
    }
}
