// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation;

import org.jspecify.annotations.Nullable;

/**
 * Something that a client may ask for, said in each schema that has words for it: members of a request's object. The samples
 * are what {@link Capabilities} lets the translations themselves be judged by.
 */
public enum Feature {
    INSTRUCTIONS(
            "instructions",
            "'messages':[{'role':'system','content':'Be brief.'},{'role':'user','content':'Hi'}]",
            "'system':'Be brief.'",
            "'instructions':'Be brief.'"),
    IMAGE_BYTES(
            "image, bytes",
            "'messages':[{'role':'user','content':[{'type':'image_url','image_url':{'url':'data:image/png;base64,iVBORw0KGgo='}}]}]",
            "'messages':[{'role':'user','content':[{'type':'image','source':{'type':'base64','media_type':'image/png','data':'iVBORw0KGgo='}}]}]",
            "'input':[{'role':'user','content':[{'type':'input_image','image_url':'data:image/png;base64,iVBORw0KGgo='}]}]"),
    IMAGE_ADDRESS(
            "image, address",
            "'messages':[{'role':'user','content':[{'type':'image_url','image_url':{'url':'https://example.com/a.png'}}]}]",
            "'messages':[{'role':'user','content':[{'type':'image','source':{'type':'url','url':'https://example.com/a.png'}}]}]",
            "'input':[{'role':'user','content':[{'type':'input_image','image_url':'https://example.com/a.png'}]}]"),
    DOCUMENT(
            "document, bytes",
            "'messages':[{'role':'user','content':[{'type':'file','file':{'filename':'a.pdf','file_data':'data:application/pdf;base64,JVBERi0='}}]}]",
            "'messages':[{'role':'user','content':[{'type':'document','source':{'type':'base64','media_type':'application/pdf','data':'JVBERi0='}}]}]",
            "'input':[{'role':'user','content':[{'type':'input_file','filename':'a.pdf','file_data':'data:application/pdf;base64,JVBERi0='}]}]"),
    AUDIO(
            "audio",
            "'messages':[{'role':'user','content':[{'type':'input_audio','input_audio':{'data':'UklGRg==','format':'wav'}}]}]",
            null,
            null),
    TOOLS(
            "tools",
            "'tools':[" + Samples.CHAT_TOOL + "]",
            "'tools':[" + Samples.MESSAGES_TOOL + "]",
            "'tools':[" + Samples.RESPONSES_TOOL + "]"),
    TOOL_CHOICE(
            "a tool that must be called",
            "'tools':[" + Samples.CHAT_TOOL + "],'tool_choice':{'type':'function','function':{'name':'look'}}",
            "'tools':[" + Samples.MESSAGES_TOOL + "],'tool_choice':{'type':'tool','name':'look'}",
            "'tools':[" + Samples.RESPONSES_TOOL + "],'tool_choice':{'type':'function','name':'look'}"),
    ONE_TOOL_AT_A_TIME(
            "one tool at a time",
            "'tools':[" + Samples.CHAT_TOOL + "],'parallel_tool_calls':false",
            "'tools':[" + Samples.MESSAGES_TOOL + "],'tool_choice':{'type':'auto','disable_parallel_tool_use':true}",
            "'tools':[" + Samples.RESPONSES_TOOL + "],'parallel_tool_calls':false"),
    TOOL_RESULTS(
            "tool calls and results in the history",
            "'tools':[" + Samples.CHAT_TOOL
                    + "],'messages':[{'role':'user','content':'Hi'},{'role':'assistant','tool_calls':[{'id':'call_1',"
                    + "'type':'function','function':{'name':'look','arguments':'{}'}}]},{'role':'tool','tool_call_id':'call_1','content':'sun'}]",
            "'tools':[" + Samples.MESSAGES_TOOL
                    + "],'messages':[{'role':'user','content':'Hi'},{'role':'assistant','content':[{'type':'tool_use',"
                    + "'id':'toolu_1','name':'look','input':{}}]},{'role':'user','content':[{'type':'tool_result','tool_use_id':'toolu_1','content':'sun'}]}]",
            "'tools':[" + Samples.RESPONSES_TOOL
                    + "],'input':[{'role':'user','content':'Hi'},{'type':'function_call','call_id':'call_1','name':'look',"
                    + "'arguments':'{}'},{'type':'function_call_output','call_id':'call_1','output':'sun'}]"),
    STRUCTURE(
            "structured output",
            "'response_format':{'type':'json_schema','json_schema':{'name':'s','schema':" + Samples.SCHEMA + "}}",
            "'output_config':{'format':{'type':'json_schema','schema':" + Samples.SCHEMA + "}}",
            "'text':{'format':{'type':'json_schema','name':'s','schema':" + Samples.SCHEMA + "}}"),
    ANY_JSON(
            "any JSON object",
            "'response_format':{'type':'json_object'}",
            null,
            "'text':{'format':{'type':'json_object'}}"),
    MAX_TOKENS("longest answer", "'max_tokens':77", "'max_tokens':77", "'max_output_tokens':77"),
    STOP("stop sequences", "'stop':['END']", "'stop_sequences':['END']", null),
    TEMPERATURE("temperature", "'temperature':0.5", "'temperature':0.5", "'temperature':0.5"),
    TOP_P("top_p", "'top_p':0.5", "'top_p':0.5", "'top_p':0.5"),
    TOP_K("top_k", null, "'top_k':5", null),
    SEED("seed", "'seed':7", null, null),
    PENALTIES("penalties", "'presence_penalty':0.5,'frequency_penalty':0.5", null, null),
    LOGPROBS(
            "logprobs",
            "'logprobs':true,'top_logprobs':2",
            null,
            "'include':['message.output_text.logprobs'],'top_logprobs':2"),
    LOGIT_BIAS("logit_bias", "'logit_bias':{'50256':-100}", null, null),
    SEVERAL_ANSWERS("several answers", "'n':2", null, null),
    EFFORT(
            "reasoning effort",
            "'reasoning_effort':'high'",
            "'max_tokens':9000,'thinking':{'type':'enabled','budget_tokens':4000}",
            "'reasoning':{'effort':'high'}"),
    OWN_REASONING(
            "a history with another provider's reasoning",
            "'messages':[{'role':'user','content':'Hi'},{'role':'assistant','content':'Ho','reasoning_content':'Hm.'},{'role':'user','content':'?'}]",
            "'messages':[{'role':'user','content':'Hi'},{'role':'assistant','content':[{'type':'thinking','thinking':'Hm.','signature':'c2ln'},"
                    + "{'type':'text','text':'Ho'}]},{'role':'user','content':'?'}]",
            "'input':[{'role':'user','content':'Hi'},{'type':'reasoning','id':'rs_1','summary':[],'encrypted_content':'ZW5j'},"
                    + "{'role':'assistant','content':'Ho'},{'role':'user','content':'?'}]"),
    CACHE_MARKS(
            "cache marks",
            "'messages':[{'role':'user','content':[{'type':'text','text':'Hi','cache_control':{'type':'ephemeral'}}]}]",
            "'messages':[{'role':'user','content':[{'type':'text','text':'Hi','cache_control':{'type':'ephemeral'}}]}]",
            null),
    USER("the application's user", "'user':'u-1'", "'metadata':{'user_id':'u-1'}", "'user':'u-1'");

    private final String label;
    private final @Nullable String chat;
    private final @Nullable String messages;
    private final @Nullable String responses;

    Feature(String label, @Nullable String chat, @Nullable String messages, @Nullable String responses) {
        this.label = label;
        this.chat = chat;
        this.messages = messages;
        this.responses = responses;
    }

    /** What a person calls it. */
    public String label() {
        return label;
    }

    /** Members of a chat request, with apostrophes for quotes, or null where the schema has no word for it. */
    @Nullable
    String chat() {
        return chat;
    }

    /** The same of Anthropic's messages. */
    @Nullable
    String messages() {
        return messages;
    }

    /** The same of OpenAI's responses. */
    @Nullable
    String responses() {
        return responses;
    }

    private static final class Samples {
        private static final String SCHEMA =
                "{'type':'object','properties':{'a':{'type':'string'}},'required':['a'],'additionalProperties':false}";
        private static final String CHAT_TOOL =
                "{'type':'function','function':{'name':'look','parameters':{'type':'object','properties':{}}}}";
        private static final String MESSAGES_TOOL = "{'name':'look','input_schema':{'type':'object','properties':{}}}";
        private static final String RESPONSES_TOOL =
                "{'type':'function','name':'look','parameters':{'type':'object','properties':{}}}";
    }
}
