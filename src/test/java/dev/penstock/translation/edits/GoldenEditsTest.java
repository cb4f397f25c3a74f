// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.edits;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.TargetEdits;
import dev.penstock.translation.TranslationTable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * One rich request in every client's schema, and what becomes of it under every edit: {@code golden/edits}, made to be read. Everything
 * there is can be read by the gateway again. {@code -Dpenstock.regenerate=true} writes the files again; what changes is then in the diff.
 */
final class GoldenEditsTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ObjectWriter PAGE = JSON.writer(new DefaultPrettyPrinter()
            .withObjectIndenter(new DefaultIndenter("  ", "\n"))
            .withArrayIndenter(new DefaultIndenter("  ", "\n")));
    private static final Path FOLDER =
            Path.of(System.getProperty("penstock.basedir", "."), "src/test/resources/golden/edits");

    private static final Map<ApiSchema, String> REQUESTS =
            Map.of(ApiSchema.OPENAI_CHAT, """
            {"model":"alias","stream":true,"max_tokens":2000,"x_unknown":{"deep":[1.50]},
             "tools":[{"type":"function","function":{"name":"get_weather","parameters":{"type":"object"}}}],
             "tool_choice":"auto","parallel_tool_calls":true,
             "response_format":{"type":"json_schema","json_schema":{"name":"reply","schema":{"type":"object"}}},
             "messages":[
              {"role":"system","content":"You know the weather."},
              {"role":"user","content":"Is it warm in Rome and in Oslo?"},
              {"role":"assistant","content":"I will look.","reasoning_content":"Two cities.","tool_calls":[
                {"id":"c1","type":"function","function":{"name":"get_weather","arguments":"{\\"city\\":\\"Rome\\"}"}},
                {"id":"c2","type":"function","function":{"name":"get_weather","arguments":"{\\"city\\":\\"Oslo\\"}"}}]},
              {"role":"tool","tool_call_id":"c1","content":"31 °C"},
              {"role":"tool","tool_call_id":"c2","content":[{"type":"text","text":"9 °C"}]},
              {"role":"user","content":[{"type":"text","text":"And here?"},{"type":"image_url","image_url":{"url":"https://example.com/sky.png"}}]},
              {"role":"assistant","content":null,"tool_calls":[{"id":"c3","type":"function","function":{"name":"where_am_i","arguments":"{}"}}]},
              {"role":"tool","tool_call_id":"c3","content":""},
              {"role":"assistant","content":"I do not know where you are.","x_kept":1},
              {"role":"user","content":"Then guess."}]}""", ApiSchema.ANTHROPIC_MESSAGES, """
            {"model":"alias","max_tokens":2000,"thinking":{"type":"enabled","budget_tokens":1024},"x_unknown":{"deep":[1.50]},
             "system":[{"type":"text","text":"You know the weather.","cache_control":{"type":"ephemeral"}}],
             "tools":[{"name":"get_weather","input_schema":{"type":"object"}},{"type":"web_search_20250305","name":"web_search"}],
             "tool_choice":{"type":"auto"},
             "output_config":{"effort":"low","format":{"type":"json_schema","schema":{"type":"object"}}},
             "messages":[
              {"role":"user","content":"Is it warm in Rome and in Oslo?"},
              {"role":"assistant","content":[
                {"type":"thinking","thinking":"Two cities.","signature":"c2lnbmVk"},
                {"type":"text","text":"I will look."},
                {"type":"tool_use","id":"t1","name":"get_weather","input":{"city":"Rome"}},
                {"type":"tool_use","id":"t2","name":"get_weather","input":{"city":"Oslo"}}]},
              {"role":"user","content":[
                {"type":"tool_result","tool_use_id":"t1","content":"31 °C","cache_control":{"type":"ephemeral"}},
                {"type":"tool_result","tool_use_id":"t2","is_error":true,"content":[{"type":"text","text":"no such city"},
                  {"type":"image","source":{"type":"url","url":"https://example.com/map.png"}}]},
                {"type":"text","text":"Well?"}]},
              {"role":"assistant","content":[
                {"type":"server_tool_use","id":"s1","name":"web_search","input":{"query":"Oslo"}},
                {"type":"web_search_tool_result","tool_use_id":"s1","content":[]},
                {"type":"text","text":"Cold, they say.","citations":[{"type":"web_search_result_location","url":"https://example.com","encrypted_index":"eA"}]}]},
              {"role":"user","content":"And here?"},
              {"role":"assistant","content":[{"type":"tool_use","id":"t3","name":"where_am_i","input":{}}]},
              {"role":"user","content":[{"type":"tool_result","tool_use_id":"t3"}]}]}""", ApiSchema.OPENAI_RESPONSES, """
            {"model":"alias","max_output_tokens":2000,"instructions":"You know the weather.","x_unknown":{"deep":[1.50]},
             "tools":[{"type":"function","name":"get_weather","parameters":{"type":"object"}},{"type":"web_search"}],
             "tool_choice":"auto","include":["web_search_call.action.sources","reasoning.encrypted_content"],
             "text":{"verbosity":"low","format":{"type":"json_object"}},
             "input":[
              {"role":"developer","content":"Be brief."},
              {"role":"user","content":"Is it warm in Rome and in Oslo?"},
              {"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"Two cities."}]},
              {"type":"message","role":"assistant","content":[{"type":"output_text","text":"I will look."}]},
              {"type":"reasoning","id":"rs_2","summary":[]},
              {"type":"function_call","call_id":"c1","name":"get_weather","arguments":"{\\"city\\":\\"Rome\\"}"},
              {"type":"custom_tool_call","call_id":"c2","name":"ask_oslo","input":"how warm?"},
              {"type":"function_call_output","call_id":"c1","output":"31 °C"},
              {"type":"custom_tool_call_output","call_id":"c2","output":[{"type":"input_text","text":"9 °C"}]},
              {"type":"web_search_call","id":"ws_1","status":"completed"},
              {"type":"message","role":"assistant","content":[{"type":"output_text","text":"Rome is."}]},
              {"role":"user","content":[{"type":"input_text","text":"And here?"}]}]}""");

    private static Map<String, TargetEdits> edits() {
        Map<String, TargetEdits> edits = new LinkedHashMap<>();
        edits.put("without tools", new TargetEdits(Map.of(), true, false, 0, 0));
        edits.put("without a form of the answer", new TargetEdits(Map.of(), false, true, 0, 0));
        edits.put("at most 500 tokens", new TargetEdits(Map.of(), false, false, 500, 0));
        edits.put("the last message", new TargetEdits(Map.of(), false, false, 0, 1));
        edits.put("the last 4 messages", new TargetEdits(Map.of(), false, false, 0, 4));
        edits.put("all of it, and values of its own", new TargetEdits(Map.of("temperature", 0.2), true, true, 500, 2));
        return edits;
    }

    @ParameterizedTest
    @EnumSource(
            value = ApiSchema.class,
            names = {"OPENAI_CHAT", "ANTHROPIC_MESSAGES", "OPENAI_RESPONSES"})
    void everyEditDoesWhatTheFileShows(ApiSchema schema) throws IOException {
        byte[] request = REQUESTS.getOrDefault(schema, "").getBytes(StandardCharsets.UTF_8);
        StringBuilder page = new StringBuilder("== the request\n").append(pretty(request));
        for (Map.Entry<String, TargetEdits> entry : edits().entrySet()) {
            byte[] edited = EditedRequest.of(schema, request, entry.getValue());
            assertThat(TranslationTable.reader(schema).read(edited).messages()).isNotEmpty();
            page.append("\n== ").append(entry.getKey()).append('\n');
            difference(request, edited, page);
        }
        Path file = FOLDER.resolve(schema.name().toLowerCase(Locale.ROOT) + ".txt");
        if (Boolean.getBoolean("penstock.regenerate")) {
            Files.writeString(file, page);
        }
        assertThat(page.toString()).isEqualTo(Files.readString(file));
    }

    /** Members that are the same are not shown again. */
    private static void difference(byte[] request, byte[] edited, StringBuilder page) throws IOException {
        var before = JSON.readTree(request);
        var after = JSON.readTree(edited);
        for (String gone : (Iterable<String>) () -> before.fieldNames()) {
            if (!after.has(gone)) {
                page.append("gone: ").append(gone).append('\n');
            }
        }
        var changed = JSON.createObjectNode();
        after.properties().forEach(member -> {
            if (!member.getValue().equals(before.get(member.getKey()))) {
                changed.set(member.getKey(), member.getValue());
            }
        });
        page.append(PAGE.writeValueAsString(changed)).append('\n');
    }

    private static String pretty(byte[] json) throws IOException {
        return PAGE.writeValueAsString(JSON.readTree(json)) + "\n";
    }
}
