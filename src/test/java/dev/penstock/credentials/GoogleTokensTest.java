// SPDX-License-Identifier: Apache-2.0
package dev.penstock.credentials;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.GoogleLogin;
import dev.penstock.config.Secret;
import dev.penstock.credentials.CloudRoom.Reply;
import dev.penstock.kit.RefusedPort;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each place where a token of Google Cloud is found, and every way in which one of them can fail. */
final class GoogleTokensTest {

    private static final String METADATA = "/computeMetadata/v1/instance/service-accounts/default/token";
    private static final String TOKEN =
            "{\"access_token\":\"canary-token\",\"expires_in\":3599,\"token_type\":\"Bearer\"}";
    private static final Map<String, String> FLAVOR = Map.of("Metadata-Flavor", "Google");

    private static KeyPair pair;

    @TempDir
    Path folder;

    private CloudRoom room;

    @BeforeAll
    static void makeKey() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        pair = generator.generateKeyPair();
    }

    @BeforeEach
    void open() {
        room = new CloudRoom();
    }

    @AfterEach
    void close() {
        room.close();
    }

    @Test
    void aServiceAccountSignsForItselfAndIsGivenAToken() throws Exception {
        room.when("/token", 200, TOKEN);

        GoogleToken token = room.token(named(serviceAccount()));

        assertThat(token).isEqualTo(new GoogleToken(Secret.of("canary-token"), null));
        Map<String, String> form = room.seen.peek().form();
        assertThat(form).containsOnlyKeys("grant_type", "assertion");
        assertThat(form).containsEntry("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer");
        String[] parts = form.get("assertion").split("\\.");
        assertThat(decoded(parts[0]))
                .isEqualTo(
                        new JsonObject().put("alg", "RS256").put("typ", "JWT").put("kid", "key-1"));
        assertThat(decoded(parts[1]))
                .isEqualTo(new JsonObject()
                        .put("iss", "gateway@my-project.iam.gserviceaccount.com")
                        .put("scope", "https://www.googleapis.com/auth/cloud-platform")
                        .put("aud", room.url() + "/token")
                        .put("iat", room.time.now().getEpochSecond())
                        .put("exp", room.time.now().getEpochSecond() + 3600));
        Signature signature = Signature.getInstance("SHA256withRSA");
        signature.initVerify(pair.getPublic());
        signature.update((parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII));
        assertThat(signature.verify(Base64.getUrlDecoder().decode(parts[2]))).isTrue();
    }

    @Test
    void aTokenIsReplacedBeforeItEnds() throws Exception {
        room.when("/token", 200, TOKEN);
        GoogleLogin login = named(serviceAccount());
        room.token(login);
        room.token(login);
        assertThat(room.seen).hasSize(1);
        room.when("/token", 200, TOKEN.replace("canary-token", "canary-next"));
        room.advance(Duration.ofSeconds(3599 - 239));

        assertThat(room.token(login).access()).isEqualTo(Secret.of("canary-token"));
        room.awaitQuestions(2);
        room.advance(Duration.ofSeconds(239));

        assertThat(room.token(login).access()).isEqualTo(Secret.of("canary-next"));
    }

    @Test
    void aUsersRefreshTokenIsExchangedAndTheProjectOfTheUserIsKept() throws Exception {
        room.when("/token", 200, TOKEN);

        GoogleToken token = room.token(named(user().put("quota_project_id", "billed")));

        assertThat(token.quotaProject()).isEqualTo("billed");
        assertThat(room.seen.peek().form())
                .containsExactly(
                        Map.entry("grant_type", "refresh_token"),
                        Map.entry("client_id", "client-1"),
                        Map.entry("client_secret", "canary-secret"),
                        Map.entry("refresh_token", "canary-refresh"));
    }

    @Test
    void whatGcloudHasLeftComesBeforeTheMachine() throws Exception {
        room.when("/token", 200, TOKEN).when(METADATA, asked -> new Reply(200, TOKEN, FLAVOR));
        Path left = Files.writeString(folder.resolve("adc.json"), user().encode());

        room.token(new GoogleLogin(null, "", left, room.url()));

        assertThat(room.targets()).containsExactly("POST /token");
    }

    @Test
    void theMachineHandsOutATokenWhereThereIsNoFile() {
        room.when(METADATA, asked -> new Reply(200, TOKEN, FLAVOR));

        GoogleToken token = room.token(new GoogleLogin(null, "", folder.resolve("absent"), room.url()));

        assertThat(token.access()).isEqualTo(Secret.of("canary-token"));
        assertThat(room.seen.peek().headers().get("metadata-flavor")).isEqualTo("Google");
    }

    @Test
    void everyPlaceThatHadNothingIsNamed() {
        Path absent = folder.resolve("canary");

        assertThat(room.refusal(new GoogleLogin(null, "", absent, null)))
                .hasMessage("No credentials of Google Cloud could be had: key file: none is named, and there is no"
                        + " gcloud's application_default_credentials.json; metadata server: NO_GCE_CHECK is set.");
        assertThat(room.refusal(new GoogleLogin(null, "", null, room.url())))
                .hasMessage("No credentials of Google Cloud could be had: key file: none is named; metadata server:"
                        + " who answers is not Google's.");
    }

    @Test
    void aMachineWithoutAServiceAccountIsNamed() {
        room.when(METADATA, asked -> new Reply(404, "canary", FLAVOR));

        assertThat(room.refusal(new GoogleLogin(null, "", null, room.url())).getMessage())
                .endsWith("metadata server: the metadata server refused, status 404.");
    }

    @Test
    void aNamedFileIsTheOnlyPlace() {
        room.when(METADATA, asked -> new Reply(200, TOKEN, FLAVOR));

        assertThat(room.refusal(new GoogleLogin(
                                folder.resolve("canary"), "GOOGLE_APPLICATION_CREDENTIALS", null, room.url()))
                        .getMessage())
                .endsWith("key file: the file of GOOGLE_APPLICATION_CREDENTIALS does not exist.");
        assertThat(room.seen).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "external_account | is of type external_account; service_account and authorized_user are supported",
                "impersonated_service_account | is of type impersonated_service_account; service_account",
                "canary | is of an unknown type",
            })
    void otherKindsOfFilesAreNamedAsFarAsTheyAreKnown(String type, String why) throws Exception {
        assertThat(room.refusal(named(serviceAccount().put("type", type))).getMessage())
                .contains("key file: the file of credentials ")
                .contains(why)
                .doesNotContain("canary");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "private_key | canary | the private_key in the file of credentials is no RSA key in PKCS #8",
                "private_key | -----BEGIN PRIVATE KEY-----canary-----END PRIVATE KEY----- | is no RSA key",
                "private_key | '' | has no private_key",
                "client_email | '' | has no client_email",
                "token_uri | http://canary.example/token | the token_uri in the file of credentials is no https URL",
                "token_uri | ':canary' | is no https URL",
                "token_uri | https://canary@h/ | is no https URL"
            })
    void aFileWithAWrongPartIsRefusedWithoutItsContent(String member, String value, String why) throws Exception {
        assertThat(room.refusal(named(serviceAccount().put(member, value))).getMessage())
                .contains(why)
                .doesNotContain("canary");
        assertThat(room.seen).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"canary", "[\"canary\"]", "{\"canary\":", "{}"})
    void aFileThatIsNoKeyIsRefusedWithoutItsContent(String text) throws Exception {
        Path file = Files.writeString(folder.resolve("key.json"), text);

        assertThat(room.refusal(new GoogleLogin(file, "credentials", null, null))
                        .getMessage())
                .contains("the file of credentials is ")
                .doesNotContain("canary");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "400 | {\"error\":\"invalid_grant\",\"error_description\":\"canary\"} | the token endpoint refused, status 400, invalid_grant.",
                "401 | {\"error\":\"canary-1\"} | the token endpoint refused, status 401.",
                "500 | canary | the token endpoint refused, status 500.",
                "302 | canary | the token endpoint refused, status 302.",
                "200 | canary | the answer of the token endpoint is not a JSON object.",
                "200 | {\"access_token\":\"canary\"} | does not say until when it is valid.",
                "200 | {\"access_token\":\"canary\",\"expires_in\":-1} | does not say until when it is valid.",
                "200 | {\"access_token\":\"canary\",\"expires_in\":9e18} | does not say until when it is valid.",
                "200 | {\"expires_in\":3600,\"id_token\":\"canary\"} | the answer of the token endpoint has no token.",
                "200 | {\"access_token\":\"can\\nary\",\"expires_in\":3600} | has characters that no header can carry."
            })
    void anAnswerThatIsNoTokenIsAFailureWithoutItsText(int status, String body, String why) throws Exception {
        room.when("/token", status, body);

        assertThat(room.refusal(named(serviceAccount())).getMessage())
                .endsWith(why)
                .doesNotContain("canary");
    }

    @Test
    void anEndpointThatIsLateOrTooLoudOrDeadIsNamed() throws Exception {
        room.when("/token", 200, "x".repeat(300 << 10));
        assertThat(room.refusal(named(serviceAccount())).getMessage())
                .contains("the token endpoint did not answer: the answer is larger than");

        room.when("/token", asked -> null).hurry(Duration.ofMillis(100));
        room.advance(Duration.ofSeconds(1));
        assertThat(room.refusal(named(serviceAccount())).getMessage()).contains("the token endpoint did not answer: ");

        try (RefusedPort nobody = RefusedPort.open()) {
            URI dead = URI.create("http://127.0.0.1:" + nobody.port());
            assertThat(room.refusal(new GoogleLogin(null, "", null, dead)).getMessage())
                    .endsWith("metadata server: it did not answer: the connection was refused.");
        }
    }

    // ---- helpers

    private JsonObject serviceAccount() {
        String pem = "-----BEGIN PRIVATE KEY-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'})
                        .encodeToString(pair.getPrivate().getEncoded())
                + "\n-----END PRIVATE KEY-----\n";
        return new JsonObject()
                .put("type", "service_account")
                .put("project_id", "my-project")
                .put("private_key_id", "key-1")
                .put("private_key", pem)
                .put("client_email", "gateway@my-project.iam.gserviceaccount.com")
                .put("token_uri", room.url() + "/token");
    }

    private JsonObject user() {
        return new JsonObject()
                .put("type", "authorized_user")
                .put("client_id", "client-1")
                .put("client_secret", "canary-secret")
                .put("refresh_token", "canary-refresh")
                .put("token_uri", room.url() + "/token");
    }

    private GoogleLogin named(JsonObject file) throws Exception {
        return new GoogleLogin(Files.writeString(folder.resolve("key.json"), file.encode()), "credentials", null, null);
    }

    private static JsonObject decoded(String part) {
        return new JsonObject(new String(Base64.getUrlDecoder().decode(part), StandardCharsets.UTF_8));
    }
}
