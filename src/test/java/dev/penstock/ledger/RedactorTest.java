// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.ContentConfig.Kind;
import dev.penstock.ledger.CallContent.Said;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is found in texts and replaced, however it is written and wherever it is cut. */
final class RedactorTest {

    private static final int ALL = 1 << 20;
    private static final String KNOWN = "hunter2-of-the-gateway";

    private final Redactor redactor = new Redactor(
            new Finder(Set.of(Kind.values()), List.of(KNOWN.getBytes(StandardCharsets.UTF_8), new byte[] {'a'})));

    private Said clean(String text, boolean streamed) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return redactor.clean(bytes, bytes.length, bytes.length, streamed, ALL);
    }

    private String clean(String text) {
        return clean(text, false).text();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "anna@example.com",
                "a.b+c_d%e-f@mail.example.co.uk",
                "jürgen@müller.example.de",
                "o'brien@x.ie",
            })
    void addressesOfMailAreFound(String address) {
        for (String around : List.of("%s", "mail %s now", "<%s>", "to:%s,", "\"%s\"", "%s.", "mailto:%s?x=1")) {
            assertThat(clean(around.formatted(address))).as(around).isEqualTo(around.formatted("[email]"));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "+49 171 1234567",
                "+491711234567",
                "+49 (0)171 123-4567",
                "+1 (212) 555-0123",
                "0049 171 1234567",
                "0171 1234567",
                "0171/1234567",
                "(030) 1234 5678",
                "(212) 555-0123",
                "212-555-0123",
                "212.555.0123",
            })
    void numbersOfPhonesAreFound(String number) {
        for (String around : List.of("%s", "call %s now", "tel:%s,", "\"%s\"", "%s.")) {
            assertThat(clean(around.formatted(number))).as(around).isEqualTo(around.formatted("[phone]"));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "4111111111111111",
                "4111 1111 1111 1111",
                "4111-1111-1111-1111",
                "5500000000000004",
                "2221000000000009",
                "378282246310005",
                "3782 822463 10005",
                "30569309025904",
                "6011111111111117",
                "3530111333300000",
                "4222222222222",
            })
    void numbersOfCardsAreFound(String number) {
        for (String around : List.of("%s", "pay %s now", "card:%s,", "\"%s\"", "%s. 12", "%s 12/27", "{\"n\":%s}")) {
            assertThat(clean(around.formatted(number))).as(around).isEqualTo(around.formatted("[card]"));
        }
        String wrong = number.substring(0, number.length() - 1)
                + (char) ('0' + (number.charAt(number.length() - 1) - '0' + 1) % 10);
        assertThat(clean("pay " + wrong)).isEqualTo("pay " + wrong);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "DE89370400440532013000",
                "DE89 3704 0044 0532 0130 00",
                "gb29 nwbk 6016 1331 9268 19",
                "NO9386011117947",
                "MT84MALT011000012345MTLCAST001S",
                "FR14 2004 1010 0505 0001 3M02 606",
            })
    void accountsAreFound(String iban) {
        for (String around : List.of("%s", "from %s please", "iban:%s,", "\"%s\"")) {
            assertThat(clean(around.formatted(iban))).as(around).isEqualTo(around.formatted("[iban]"));
        }
        String wrong = iban.replaceFirst("[0-9]$|[A-Za-z]$", "7").replace("1", "2");
        assertThat(clean("from " + wrong)).doesNotContain("[iban]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sk-proj-AbCdEfGh12345678",
                "sk_live_51AbCdEfGh12345678",
                "sk-ant-api03-AbCd_EfGh-1234",
                "ps-Ab3dE6gH-s3cretsecretsecret",
                "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl",
                KNOWN,
            })
    void keysAreFound(String key) {
        for (String around : List.of("%s", "use %s now", "key=%s,", "\"%s\"")) {
            assertThat(clean(around.formatted(key))).as(around).isEqualTo(around.formatted("[secret]"));
        }
    }

    @Test
    void aTokenBehindBearerIsFoundWhateverItLooksLike() {
        assertThat(clean("authorization: Bearer abcdefghijklmnopqrst")).isEqualTo("authorization: Bearer [secret]");
        assertThat(clean("BEARER  YWJj/ZGVm+Z2hp-amts==,")).isEqualTo("BEARER  [secret],");
        assertThat(clean("the bearer of this letter")).isEqualTo("the bearer of this letter");
    }

    @Test
    void whatTheInstallationKnowsIsFoundEvenWhereNothingElseIsLookedFor() {
        Redactor none = new Redactor(new Finder(Set.of(), List.of(KNOWN.getBytes(StandardCharsets.UTF_8))));
        byte[] text = ("x" + KNOWN + "y anna@example.com").getBytes(StandardCharsets.UTF_8);
        assertThat(none.clean(text, text.length, text.length, false, ALL).text())
                .isEqualTo("x[secret]y anna@example.com");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"created\":1763800000,\"id\":\"chatcmpl-9f8a7b6c\"}",
                "0.0041111111111111111,-0.0212555012345,1.4111111111111111",
                "2026-11-22T08:06:26.123456789Z and 22.11.2026 08:06",
                "01/02/2026 12:30",
                "version 10.20.30.40, 3.14159265358979",
                "the task-force and the risk-averse-people-in-town",
                "sk-learn-is-a-library-for-machines",
                "a@b, @home, x@localhost, @",
                "12345678901234567890123456789",
                "1 + 1 = 2, +5 points, 100-200",
                "SELECT * FROM t WHERE a = 212",
                "pages 100-200-3000",
                "4a25b620-5677-783b-0930-35261887870b",
            })
    void ordinaryTextStaysAsItIs(String text) {
        Said said = clean(text, false);
        assertThat(said.text()).isEqualTo(text);
        assertThat(said.redacted()).isZero();
        assertThat(said.cut()).isFalse();
    }

    @Test
    void escapesHideNothing() {
        assertThat(clean("{\"a\":\"anna\\u0040example.com\\n4111\\u00201111 1111 1111\\t\"}"))
                .isEqualTo("{\"a\":\"[email]\\n[card]\\t\"}");
        assertThat(clean("{\"a\":\"\\u0061nna@example\\u002ecom\"}")).isEqualTo("{\"a\":\"[email]\"}");
        // A text of JSON inside of a text of JSON, as arguments of tools are.
        assertThat(
                        clean(
                                "{\"arguments\":\"{\\\"to\\\":\\\"anna@example.com\\\",\\\"tel\\\":\\\"x\\\\n+49 171 1234567\\\"}\"}"))
                .isEqualTo("{\"arguments\":\"{\\\"to\\\":\\\"[email]\\\",\\\"tel\\\":\\\"x\\\\n[phone]\\\"}\"}");
        assertThat(clean("no json: anna@example.com \"and 'quotes")).isEqualTo("no json: [email] \"and 'quotes");
        assertThat(clean("{\"broken\": \"anna@example.com")).isEqualTo("{\"broken\": \"[email]");
        assertThat(clean("\\u00, \"\\u12\", \"\\")).isEqualTo("\\u00, \"\\u12\", \"\\");
    }

    private static String event(String piece) {
        return "data: {\"id\":\"chatcmpl-1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":"
                + new JsonObject().put("v", piece).encode().replaceAll("^\\{\"v\":|\\}$", "")
                + "},\"finish_reason\":null}]}\n\n";
    }

    /** What a client would put together of it. */
    private static String joined(String stream) {
        StringBuilder text = new StringBuilder();
        for (String line : stream.split("\n")) {
            if (line.startsWith("data: {")) {
                JsonObject event = new JsonObject(line.substring(6));
                text.append(event.getJsonArray("choices")
                        .getJsonObject(0)
                        .getJsonObject("delta")
                        .getString("content"));
            }
        }
        return text.toString();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 8, 13})
    void whatComesInPiecesIsFoundAsOneTextAndTheEventsStayEvents(int size) {
        String said = "Write to \"anna@example.com\" or call +49 171 1234567, pay 4111 1111 1111 1111 or"
                + " DE89 3704 0044 0532 0130 00 with sk-proj-AbCdEfGh12345678.\nGrüße, héllo 🎈";
        StringBuilder stream = new StringBuilder(": a comment\n\n");
        for (int i = 0; i < said.length(); i += size) {
            int end = Math.min(said.length(), i + size);
            String piece = said.substring(i, end);
            if (Character.isHighSurrogate(piece.charAt(piece.length() - 1)) && end < said.length()) {
                piece = said.substring(i, end + 1);
                i++;
            }
            stream.append(event(piece));
        }
        stream.append("data: [DONE]\n\n");

        Said clean = clean(stream.toString(), true);

        assertThat(joined(clean.text()))
                .isEqualTo(
                        "Write to \"[email]\" or call [phone], pay [card] or [iban] with [secret].\nGrüße, héllo 🎈");
        assertThat(clean.redacted()).isEqualTo(5);
        assertThat(clean.text()).endsWith("data: [DONE]\n\n");
    }

    @Test
    void theTextsOfTwoChoicesAreKeptApart() {
        StringBuilder stream = new StringBuilder();
        String[] said = {"anna@example.com", "0171 1234567 ok"};
        for (int i = 0; i < 16; i++) {
            for (int choice = 0; choice < 2; choice++) {
                if (i < said[choice].length()) {
                    stream.append("data: {\"choices\":[{\"text\":\"")
                            .append(said[choice].charAt(i))
                            .append("\",\"index\":")
                            .append(choice)
                            .append("}]}\n\n");
                }
            }
        }
        String clean = clean(stream.toString(), true).text();
        assertThat(clean).contains("[email]", "[phone]").doesNotContain("\"@\"").doesNotContain("\"7\"");
    }

    @Test
    void eventsOfTheOtherSchemasAreJoinedAsWell() {
        List<String> forms = List.of(
                "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"%s\"}}\n\n",
                "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"%s\"}}\n\n",
                "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"item_id\":\"msg_1\",\"output_index\":0,\"content_index\":0,\"delta\":\"%s\",\"sequence_number\":7}\n\n",
                "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"%s\"}}]}}]}\n\n",
                "data: {\"choices\":[{\"index\":0,\"delta\":{\"reasoning_content\":\"%s\"}}]}\n\n");
        for (String form : forms) {
            StringBuilder stream = new StringBuilder();
            "to anna@example.com.".chars().forEach(c -> stream.append(form.formatted(Character.toString(c))));
            String clean = clean(stream.toString(), true).text();
            assertThat(clean)
                    .as(form)
                    .contains("[email]")
                    .doesNotContain("\"@\"")
                    .doesNotContain("\"x\"");
        }
    }

    @Test
    void whatIsCutOffIsSaidAndNothingIsLeftOfWhatLiesAcrossTheCut() {
        String text = "x".repeat(90) + " 4111 1111 1111 1111 end";
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (int most = 1; most < bytes.length; most++) {
            Said said = redactor.clean(bytes, bytes.length, bytes.length, false, most);
            assertThat(said.cut()).isTrue();
            assertThat(said.bytes()).isEqualTo(bytes.length);
            assertThat(said.text()).doesNotContain("4");
            assertThat(said.text().length()).isLessThanOrEqualTo(most);
        }
        // Known to the capture's end only, and longer than that.
        Said said = redactor.clean(bytes, 50, 500, false, 100);
        assertThat(said).isEqualTo(new Said("x".repeat(50), 500, true, 0));
    }

    @Test
    void noCharacterIsCutInTwoAndNothingGrowsBeyondTheBound() {
        byte[] bytes = "äöü€🎈".repeat(20).getBytes(StandardCharsets.UTF_8);
        for (int most = 1; most < bytes.length; most++) {
            String text = redactor.clean(bytes, bytes.length, bytes.length, false, most)
                    .text();
            assertThat(text).doesNotContain("\uFFFD");
            assertThat(text.getBytes(StandardCharsets.UTF_8).length).isBetween(most - 3, most);
        }
        byte[] noText = new byte[1000];
        java.util.Arrays.fill(noText, (byte) 0xff);
        Said said = redactor.clean(noText, 1000, 1000, false, 1000);
        assertThat(said.text().getBytes(StandardCharsets.UTF_8).length).isLessThanOrEqualTo(1000);
        assertThat(said.cut()).isTrue();
    }

    @Test
    void whateverTheBytesAreItEnds() {
        Random random = new Random(20261122);
        String alphabet = "\"\\u0{}[]:,.@+-() 0123456789abcDE\nskps-Bearer é";
        for (int i = 0; i < 20_000; i++) {
            StringBuilder text = new StringBuilder();
            int length = random.nextInt(80);
            for (int c = 0; c < length; c++) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
            int most = 1 + random.nextInt(90);
            Said said = redactor.clean(bytes, bytes.length, bytes.length, random.nextBoolean(), most);
            assertThat(said.text().getBytes(StandardCharsets.UTF_8).length).isLessThanOrEqualTo(most);
        }
    }

    /** Four times the length may take sixteen times as long, on a machine that does other things as well; a square would show in minutes. */
    @Test
    void noTextTakesLongerThanItsLengthAllows() {
        List<String> nasty = new ArrayList<>(List.of(
                "a",
                "a@",
                "a.",
                "@a.",
                "1",
                "1 ",
                "1-",
                "+1",
                "(0",
                "0/",
                "4111 1111 1111 1112 ",
                "DE89",
                "de89 ",
                "sk-",
                "eyJ.",
                "bearer ",
                "\"",
                "\\",
                "\\u0041",
                "{\"content\":\"1",
                "hunter2-",
                "\"index\":1,"));
        for (String unit : nasty) {
            String shorter = unit.repeat((64 << 10) / unit.length());
            String longer = shorter.repeat(4);
            for (boolean streamed : new boolean[] {false, true}) {
                clean(shorter, streamed);
                long one = nanos(shorter, streamed);
                long four = nanos(longer, streamed);
                assertThat(four).as(unit).isLessThan(Math.max(one * 16, 2_000_000_000L));
            }
        }
    }

    private long nanos(String text, boolean streamed) {
        long begin = System.nanoTime();
        clean(text, streamed);
        return System.nanoTime() - begin;
    }
}
