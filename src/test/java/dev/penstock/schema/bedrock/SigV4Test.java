// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema.bedrock;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against AWS's published test suite, whose credentials are public. */
final class SigV4Test {

    private static final String SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    private static final Instant NOON = Instant.parse("2015-08-30T12:36:00Z");

    private final SigV4 suite = new SigV4("AKIDEXAMPLE", SECRET, null, "us-east-1", "service");

    @ParameterizedTest
    @CsvSource({
        "/, '', 5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        "//, '', 5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        "/example1/example2/../.., '', 5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        "/./example, '', ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5",
        "//example//, '', 9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84",
        "/example space/, '', 652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741",
        "/ሴ, '', 8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85",
        "/, Param2=value2&Param1=value1, b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        "/, Param-3=Value3&Param=Value2&%E1%88%B4=Value1, 371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac",
        "/, ሴ=bar, 2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"
    })
    void signsPathsAndQueriesAsTheSuiteDoes(String path, String query, String signature) {
        SigV4.Request request =
                new SigV4.Request("GET", "example.amazonaws.com", path, query, Map.of(), SigV4.EMPTY_SHA256);
        TreeMap<String, String> signed =
                new TreeMap<>(Map.of("host", "example.amazonaws.com", "x-amz-date", "20150830T123600Z"));
        assertThat(suite.authorization(request, signed, NOON))
                .isEqualTo("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
                        + "SignedHeaders=host;x-amz-date, Signature=" + signature);
    }

    /** The signature of a request to {@code bedrock-mantle} as the OpenAI SDK makes it. */
    @Test
    void addsTheFourHeadersAndSignsThem() {
        byte[] body = "{\"model\":\"gpt-4o\",\"input\":\"hello\"}".getBytes(StandardCharsets.UTF_8);
        SigV4 signer = new SigV4("AKIDEXAMPLE", SECRET, "fixture-session-token", "us-east-1", "bedrock-mantle");
        SigV4.Request request = new SigV4.Request(
                "POST",
                "bedrock-mantle.us-east-1.api.aws",
                "/openai/v1/responses",
                "",
                Map.of("Content-Type", "application/json"),
                SigV4.sha256(body));
        assertThat(signer.sign(request, Instant.parse("2025-01-02T03:04:05Z")))
                .containsExactly(
                        Map.entry("X-Amz-Date", "20250102T030405Z"),
                        Map.entry(
                                "x-amz-content-sha256",
                                "50329e51ad520f21b77bad0b01999930ff556cd1bf18434701251ba6c9f877bc"),
                        Map.entry("X-Amz-Security-Token", "fixture-session-token"),
                        Map.entry(
                                "Authorization",
                                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20250102/us-east-1/bedrock-mantle/aws4_request, "
                                        + "SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token, "
                                        + "Signature=dc20c8fbe516daf0ccae7e5b7a78fc2936870413a9f1af6e1b2d44b970ce411f"));
    }

    @Test
    void sendsNoTokenForLastingCredentials() {
        assertThat(suite.sign(get("/"), NOON)).doesNotContainKey("X-Amz-Security-Token");
    }

    @Test
    void encodesThePathOfTheWireOnceMore() {
        assertThat(suite.canonicalRequest(
                        get("/model/anthropic.claude-3-5-sonnet-20240620-v1%3A0/converse"), new TreeMap<>()))
                .startsWith("GET\n/model/anthropic.claude-3-5-sonnet-20240620-v1%253A0/converse\n");
        assertThat(suite.canonicalRequest(get("/model/arn%3Aaws%3Aprofile%2Fx/invoke"), new TreeMap<>()))
                .startsWith("GET\n/model/arn%253Aaws%253Aprofile%252Fx/invoke\n");
    }

    @Test
    void takesThePathOfS3AsItIs() {
        SigV4 s3 = new SigV4("AKIDEXAMPLE", SECRET, null, "us-east-1", "s3");
        assertThat(s3.canonicalRequest(get("/bucket//a%20b/../c"), new TreeMap<>()))
                .startsWith("GET\n/bucket//a%20b/../c\n");
    }

    /** "Example: PUT Object" of "Authenticating Requests: Using the Authorization Header", Amazon S3 API Reference. */
    @Test
    void signsAnObjectAsS3PublishesIt() {
        SigV4 s3 =
                new SigV4("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", null, "us-east-1", "s3");
        SigV4.Request request = new SigV4.Request(
                "PUT",
                "examplebucket.s3.amazonaws.com",
                "/test%24file.text",
                "",
                Map.of("Date", "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class", "REDUCED_REDUNDANCY"),
                SigV4.sha256("Welcome to Amazon S3.".getBytes(StandardCharsets.UTF_8)));
        assertThat(s3.sign(request, Instant.parse("2013-05-24T00:00:00Z")))
                .containsEntry(
                        "Authorization",
                        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
                                + "SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class, "
                                + "Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
    }

    @Test
    void signsAnewWhenTheDayChanges() {
        String today = suite.sign(get("/"), NOON).get("Authorization");
        String tomorrow = suite.sign(get("/"), NOON.plusSeconds(86_400)).get("Authorization");
        assertThat(tomorrow).contains("/20150831/").isNotEqualTo(today);
        assertThat(suite.sign(get("/"), NOON)).containsEntry("Authorization", today);
    }

    @Test
    void showsNoSecretInItsText() {
        assertThat(suite).hasToString("SigV4[us-east-1/service]");
    }

    private static SigV4.Request get(String path) {
        return new SigV4.Request("GET", "example.amazonaws.com", path, "", Map.of(), SigV4.EMPTY_SHA256);
    }
}
