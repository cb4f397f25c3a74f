// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.conversation.AnswerInfo;
import dev.penstock.conversation.Losses;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.kit.Recordings;
import dev.penstock.kit.Recordings.Recording;
import dev.penstock.kit.SseEvents;
import dev.penstock.sse.EventReader;
import dev.penstock.sse.SseFramer;
import dev.penstock.sse.TranslatingReader;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The probabilities of tokens, between every two schemas that have words for them, both ways and in both forms of an answer. */
final class LogprobsTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final AnswerInfo INFO = new AnswerInfo("alias", "x1", 1_700_000_000L, true, null);

    private static final String HI =
            "{'token':'Hi','logprob':-0.25,'bytes':[72,105],'top_logprobs':[{'token':'Ho','logprob':-1.5e-7,'bytes':[72,111]}]}";
    private static final String YOU = "{'token':' you','logprob':0,'bytes':[32,121,111,117],'top_logprobs':[]}";

    // ------------------------------------------------------------------ what providers say

    private static String answer(ApiSchema provider) {
        return switch (provider) {
            case OPENAI_CHAT ->
                "{'id':'c','model':'m','choices':[{'index':0,'message':{'role':'assistant','content':'Hi you'},'logprobs':{'content':[ "
                        + HI + ", " + YOU + " ],'refusal':null},'finish_reason':'stop'}]}";
            case OPENAI_RESPONSES ->
                "{'id':'r','model':'m','status':'completed','output':[{'type':'message','id':'i','role':'assistant',"
                        + "'content':[{'type':'output_text','text':'Hi you','annotations':[],'logprobs':[" + HI + ","
                        + YOU
                        + "]}]}]}";
            default ->
                "{'candidates':[{'content':{'role':'model','parts':[{'text':'Hi you'}]},'finishReason':'STOP','logprobsResult':"
                        + gemini(true, true) + "}],'responseId':'g','modelVersion':'m'}";
        };
    }

    private static String stream(ApiSchema provider) {
        return switch (provider) {
            case OPENAI_CHAT ->
                event(
                                "{'id':'c','model':'m','choices':[{'index':0,'delta':{'role':'assistant','content':''},'logprobs':null}]}")
                        + event("{'id':'c','choices':[{'index':0,'logprobs':{'content':[" + HI
                                + "],'refusal':null},'delta':{'content':'Hi'}}]}")
                        + event("{'id':'c','choices':[{'index':0,'delta':{'content':' you'},'logprobs':{'content':["
                                + YOU + "]}}]}")
                        + event(
                                "{'id':'c','choices':[{'index':0,'delta':{},'logprobs':{'content':[]},'finish_reason':'stop'}]}")
                        + "data: [DONE]\n\n";
            case OPENAI_RESPONSES ->
                event("{'type':'response.created','response':{'id':'r','model':'m'}}")
                        + event(
                                "{'type':'response.output_text.delta','output_index':0,'content_index':0,'delta':'Hi','logprobs':["
                                        + HI + "]}")
                        + event(
                                "{'type':'response.output_text.delta','output_index':0,'content_index':0,'delta':' you','logprobs':["
                                        + YOU + "]}")
                        + event(
                                "{'type':'response.output_text.done','output_index':0,'content_index':0,'text':'Hi you','logprobs':["
                                        + HI + "," + YOU + "]}")
                        + event("{'type':'response.completed','response':{'id':'r','status':'completed','output':[]}}");
            default ->
                event("{'candidates':[{'content':{'parts':[{'text':'Hi'}]},'logprobsResult':" + gemini(true, false)
                                + "}],'responseId':'g','modelVersion':'m'}")
                        + event(
                                "{'candidates':[{'content':{'parts':[{'text':' you'}]},'finishReason':'STOP','logprobsResult':"
                                        + gemini(false, true) + "}],'responseId':'g'}");
        };
    }

    private static String gemini(boolean hi, boolean you) {
        List<String> chosen = new ArrayList<>();
        List<String> top = new ArrayList<>();
        if (hi) {
            chosen.add("{'token':'Hi','tokenId':1,'logProbability':-0.25}");
            top.add("{'candidates':[{'token':'Ho','tokenId':2,'logProbability':-1.5e-7}]}");
        }
        if (you) {
            // A probability of one is the default of its type, and left out.
            chosen.add("{'token':' you','tokenId':3}");
            top.add("{}");
        }
        return "{'topCandidates':[" + String.join(",", top) + "],'chosenCandidates':[" + String.join(",", chosen)
                + "]}";
    }

    private static String event(String data) {
        return "data: " + data + "\n\n";
    }

    private static byte[] bytes(String text) {
        return text.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    }

    private static JsonNode tokens(String... tokens) throws Exception {
        return JSON.readTree(bytes("[" + String.join(",", tokens) + "]"));
    }

    // ------------------------------------------------------------------ what clients hear

    private static String translated(ApiSchema client, ApiSchema provider, byte[] stream) {
        Translation translation = TranslationTable.between(client, provider, 4_096);
        TranslatingReader reader = translation.stream(INFO);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        SseFramer framer = new SseFramer();
        int from = 0;
        int end;
        while ((end = framer.nextEventEnd(stream, from, stream.length)) >= 0) {
            assertThat(reader.read(stream, from, end) & EventReader.MALFORMED).isZero();
            out.writeBytes(reader.take());
            from = end;
        }
        reader.finish();
        out.writeBytes(reader.take());
        return out.toString(StandardCharsets.UTF_8);
    }

    private static List<JsonNode> payloads(String stream) throws Exception {
        List<JsonNode> all = new ArrayList<>();
        for (SseEvents.Event event :
                SseEvents.parse(stream.getBytes(StandardCharsets.UTF_8)).events()) {
            if (!event.data().equals("[DONE]")) {
                all.add(JSON.readTree(event.data()));
            }
        }
        return all;
    }

    @ParameterizedTest
    @ValueSource(strings = {"OPENAI_RESPONSES", "GEMINI_GENERATE_CONTENT"})
    void aChatClientGetsThemWithTheWholeAnswer(ApiSchema provider) throws Exception {
        byte[] body = TranslationTable.between(ApiSchema.OPENAI_CHAT, provider, 4_096)
                .answer(bytes(answer(provider)), INFO)
                .body();

        JsonNode choice = JSON.readTree(body).at("/choices/0");
        assertThat(choice.at("/message/content").asText()).isEqualTo("Hi you");
        assertThat(choice.at("/logprobs/content")).isEqualTo(tokens(HI, YOU));
        assertThat(choice.at("/logprobs/refusal").isNull()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"OPENAI_CHAT", "GEMINI_GENERATE_CONTENT"})
    void aResponsesClientGetsThemWithTheWholeAnswer(ApiSchema provider) throws Exception {
        byte[] body = TranslationTable.between(ApiSchema.OPENAI_RESPONSES, provider, 4_096)
                .answer(bytes(answer(provider)), INFO)
                .body();

        JsonNode part = JSON.readTree(body).at("/output/0/content/0");
        assertThat(part.path("text").asText()).isEqualTo("Hi you");
        assertThat(part.path("logprobs")).isEqualTo(tokens(HI, YOU));
    }

    @ParameterizedTest
    @ValueSource(strings = {"OPENAI_RESPONSES", "GEMINI_GENERATE_CONTENT"})
    void aChatClientGetsThemInTheChunkOfTheirText(ApiSchema provider) throws Exception {
        List<JsonNode> chunks = payloads(translated(ApiSchema.OPENAI_CHAT, provider, bytes(stream(provider))));

        List<JsonNode> told = chunks.stream()
                .map(chunk -> chunk.at("/choices/0"))
                .filter(choice -> choice.has("logprobs"))
                .toList();
        assertThat(told).hasSize(2);
        assertThat(told.get(0).at("/delta/content").asText()).isEqualTo("Hi");
        assertThat(told.get(0).at("/logprobs/content")).isEqualTo(tokens(HI));
        assertThat(told.get(0).path("finish_reason").isNull()).isTrue();
        assertThat(told.get(1).at("/delta/content").asText()).isEqualTo(" you");
        assertThat(told.get(1).at("/logprobs/content")).isEqualTo(tokens(YOU));
        assertThat(chunks).allSatisfy(chunk -> assertThat(chunk.has("usage")).isTrue());
    }

    @ParameterizedTest
    @ValueSource(strings = {"OPENAI_CHAT", "GEMINI_GENERATE_CONTENT"})
    void aResponsesClientGetsThemInEveryEventThatTellsText(ApiSchema provider) throws Exception {
        List<JsonNode> events = payloads(translated(ApiSchema.OPENAI_RESPONSES, provider, bytes(stream(provider))));

        List<JsonNode> deltas = ofType(events, "response.output_text.delta");
        assertThat(deltas).hasSize(2);
        assertThat(deltas.get(0).path("delta").asText()).isEqualTo("Hi");
        assertThat(deltas.get(0).path("logprobs")).isEqualTo(tokens(HI));
        assertThat(deltas.get(1).path("logprobs")).isEqualTo(tokens(YOU));
        assertThat(ofType(events, "response.output_text.done").get(0).path("logprobs"))
                .isEqualTo(tokens(HI, YOU));
        assertThat(ofType(events, "response.content_part.done").get(0).at("/part/logprobs"))
                .isEqualTo(tokens(HI, YOU));
        assertThat(ofType(events, "response.completed").get(0).at("/response/output/0/content/0/logprobs"))
                .isEqualTo(tokens(HI, YOU));
    }

    private static List<JsonNode> ofType(List<JsonNode> events, String type) {
        return events.stream()
                .filter(event -> event.path("type").asText().equals(type))
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"OPENAI_CHAT", "OPENAI_RESPONSES", "GEMINI_GENERATE_CONTENT"})
    void aClientWithoutAWordForThemGetsTheAnswerAlone(ApiSchema provider) throws Exception {
        Translation translation = TranslationTable.between(ApiSchema.ANTHROPIC_MESSAGES, provider, 4_096);

        String stream = translated(ApiSchema.ANTHROPIC_MESSAGES, provider, bytes(stream(provider)));
        byte[] body = translation.answer(bytes(answer(provider)), INFO).body();

        assertThat(JSON.readTree(body).at("/content/0/text").asText()).isEqualTo("Hi you");
        assertThat(stream).contains("\"Hi\"", "\" you\"", "message_stop").doesNotContain("logprob");
    }

    @Test
    void toldAfterTheirTextTheyAreNotLost() throws Exception {
        String late = event(
                        "{'type':'response.output_text.delta','output_index':0,'content_index':0,'delta':'Hi','logprobs':[]}")
                + event(
                        "{'type':'response.output_text.done','output_index':0,'content_index':0,'text':'Hi','logprobs':["
                                + HI + "]}")
                + event("{'type':'response.completed','response':{'status':'completed','output':[]}}");

        List<JsonNode> chunks = payloads(translated(ApiSchema.OPENAI_CHAT, ApiSchema.OPENAI_RESPONSES, bytes(late)));

        List<JsonNode> told = chunks.stream()
                .map(chunk -> chunk.at("/choices/0"))
                .filter(choice -> choice.has("logprobs"))
                .toList();
        assertThat(told).hasSize(1);
        assertThat(told.get(0).path("delta").isEmpty()).isTrue();
        assertThat(told.get(0).at("/logprobs/content")).isEqualTo(tokens(HI));
    }

    @Test
    void ofAServerThatHasOnlyPartsOfThemAClientGetsThese() throws Exception {
        byte[] body = TranslationTable.between(ApiSchema.OPENAI_CHAT, ApiSchema.GEMINI_GENERATE_CONTENT, 4_096)
                .answer(bytes("""
                        {'candidates':[{'content':{'parts':[{'text':'x'}]},'finishReason':'STOP','logprobsResult':{'chosenCandidates':[
                         {'token':'\\u00fc','logProbability':'-Infinity'},{'token':'\\ufffd','logProbability':null},{},7],
                         'topCandidates':[3,{'candidates':[{'token':'a'},{'logProbability':-2}]}],'logProbabilitySum':-1}}]}"""), INFO)
                .body();

        assertThat(JSON.readTree(body).at("/choices/0/logprobs/content")).hasToString("""
                [{"token":"ü","logprob":-9999.0,"bytes":[195,188],"top_logprobs":[]},\
                {"token":"�","logprob":0,"bytes":null,"top_logprobs":[{"token":"a","logprob":0,"bytes":[97]},{"token":"","logprob":-2,"bytes":[]}]},\
                {"token":"","logprob":0,"bytes":[],"top_logprobs":[]},{"token":"","logprob":0,"bytes":[],"top_logprobs":[]}]""");
    }

    @Test
    void theFormsOfOtherServersAreNoneOfThem() throws Exception {
        byte[] together = TranslationTable.between(ApiSchema.OPENAI_RESPONSES, ApiSchema.OPENAI_CHAT, 4_096)
                .answer(
                        bytes(
                                "{'choices':[{'index':0,'message':{'content':'x'},'finish_reason':'eos','logprobs':{'tokens':['x'],"
                                        + "'token_logprobs':[-1]}}]}"),
                        INFO)
                .body();
        byte[] snowflake = TranslationTable.between(ApiSchema.OPENAI_RESPONSES, ApiSchema.OPENAI_CHAT, 4_096)
                .answer(
                        bytes(
                                "{'choices':[{'index':0,'message':{'content':'x'},'finish_reason':'stop','logprobs':{}}]}"),
                        INFO)
                .body();

        assertThat(JSON.readTree(together).at("/output/0/content/0/logprobs")).isEmpty();
        assertThat(JSON.readTree(snowflake).at("/output/0/content/0/logprobs")).isEmpty();
    }

    // ------------------------------------------------------------------ what is asked for

    private static JsonNode request(ApiSchema client, ApiSchema provider, String asked, Losses losses)
            throws Exception {
        String prompt =
                client == ApiSchema.OPENAI_RESPONSES ? "'input':'Hi'" : "'messages':[{'role':'user','content':'Hi'}]";
        byte[] body = bytes("{'model':'m'," + prompt + "," + asked + "}");
        String model = provider == ApiSchema.GEMINI_GENERATE_CONTENT ? "gemini-2.5-flash" : "gpt-4.1-mini";
        return JSON.readTree(TranslationTable.between(client, provider, 4_096)
                .request(TranslationTable.reader(client).read(body), model, losses));
    }

    @Test
    void aWishForThemIsSaidInTheProvidersWords() throws Exception {
        Losses losses = new Losses();
        String chat = "'logprobs':true,'top_logprobs':3";
        String responses = "'include':['message.output_text.logprobs','reasoning.encrypted_content'],'top_logprobs':3";

        JsonNode chatToResponses = request(ApiSchema.OPENAI_CHAT, ApiSchema.OPENAI_RESPONSES, chat, losses);
        JsonNode chatToGemini = request(ApiSchema.OPENAI_CHAT, ApiSchema.GEMINI_GENERATE_CONTENT, chat, losses);
        JsonNode responsesToChat = request(ApiSchema.OPENAI_RESPONSES, ApiSchema.OPENAI_CHAT, responses, losses);
        JsonNode responsesToGemini =
                request(ApiSchema.OPENAI_RESPONSES, ApiSchema.GEMINI_GENERATE_CONTENT, responses, losses);

        assertThat(chatToResponses.path("include")).hasToString("[\"message.output_text.logprobs\"]");
        assertThat(chatToResponses.path("top_logprobs").asInt()).isEqualTo(3);
        assertThat(responsesToChat.path("logprobs").asBoolean()).isTrue();
        assertThat(responsesToChat.path("top_logprobs").asInt()).isEqualTo(3);
        for (JsonNode gemini : List.of(chatToGemini, responsesToGemini)) {
            assertThat(gemini.path("generationConfig")).hasToString("{\"responseLogprobs\":true,\"logprobs\":3}");
        }
        assertThat(losses.fields()).isEmpty();
    }

    @Test
    void withoutOthersOnlyTheChosenOnesAreAskedFor() throws Exception {
        Losses losses = new Losses();

        JsonNode gemini = request(
                ApiSchema.OPENAI_CHAT, ApiSchema.GEMINI_GENERATE_CONTENT, "'logprobs':true,'top_logprobs':0", losses);
        JsonNode responses = request(ApiSchema.OPENAI_CHAT, ApiSchema.OPENAI_RESPONSES, "'logprobs':true", losses);

        assertThat(gemini.path("generationConfig")).hasToString("{\"responseLogprobs\":true}");
        assertThat(responses.has("top_logprobs")).isFalse();
        assertThat(losses.fields()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "OPENAI_CHAT, OPENAI_RESPONSES",
        "OPENAI_CHAT, GEMINI_GENERATE_CONTENT",
        "OPENAI_RESPONSES, OPENAI_CHAT",
        "OPENAI_RESPONSES, GEMINI_GENERATE_CONTENT"
    })
    void aNumberAloneAsksForNothingAndIsTold(ApiSchema client, ApiSchema provider) throws Exception {
        Losses losses = new Losses();

        JsonNode request = request(client, provider, "'top_logprobs':3", losses);

        assertThat(request.toString()).doesNotContain("ogprobs");
        assertThat(losses.fields()).containsExactly("top_logprobs");
    }

    @ParameterizedTest
    @CsvSource({
        "OPENAI_CHAT, ANTHROPIC_MESSAGES",
        "OPENAI_CHAT, BEDROCK_CONVERSE",
        "OPENAI_RESPONSES, ANTHROPIC_MESSAGES",
        "OPENAI_RESPONSES, BEDROCK_CONVERSE"
    })
    void aProviderWithoutThemMakesThemALoss(ApiSchema client, ApiSchema provider) throws Exception {
        Losses losses = new Losses();
        String asked = client == ApiSchema.OPENAI_CHAT
                ? "'logprobs':true,'top_logprobs':3"
                : "'include':['message.output_text.logprobs'],'top_logprobs':3";

        JsonNode request = request(client, provider, asked, losses);

        assertThat(request.toString()).doesNotContain("ogprobs");
        assertThat(losses.fields()).containsExactly("logprobs", "top_logprobs");
    }

    // ------------------------------------------------------------------ as recorded

    @Test
    void theRecordedOnesReachAChatClientOnce() throws Exception {
        List<Recording> recorded = Recordings.open().stream()
                .flatMap(Recordings::all)
                .filter(recording -> recording.id().equals("openai/responses--lmstudio-tool-call-2"))
                .toList();
        Assumptions.assumeFalse(recorded.isEmpty(), "no recordings here");
        JsonNode said = ofType(
                        payloads(new String(recorded.get(0).bytes(), StandardCharsets.UTF_8)),
                        "response.output_text.done")
                .get(0)
                .path("logprobs");

        List<JsonNode> chunks = payloads(translated(
                ApiSchema.OPENAI_CHAT,
                ApiSchema.OPENAI_RESPONSES,
                recorded.get(0).bytes()));

        List<JsonNode> got = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        for (JsonNode chunk : chunks) {
            JsonNode choice = chunk.at("/choices/0");
            choice.at("/logprobs/content").forEach(got::add);
            text.append(choice.has("logprobs") ? choice.at("/delta/content").asText() : "");
        }
        assertThat(said).isNotEmpty();
        assertThat(got).hasSize(said.size());
        assertThat(got.stream().map(token -> token.path("token").asText()).toList())
                .isEqualTo(said.findValuesAsText("token"));
        assertThat(text).hasToString("I'll get the current weather information for San Francisco for you.");
    }
}
