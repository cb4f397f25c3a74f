// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.edits;

import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.node.IntNode;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.TargetEdits;
import dev.penstock.translation.edits.Json.Span;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * A client's request as a target wants it. Members and messages that nothing has to change keep their bytes; done twice it is as if it
 * were done once. Warm: on the way to a target with edits, never while tokens flow. Any thread.
 */
public final class EditedRequest {

    private final Members members;
    private final byte[] body;

    private EditedRequest(byte[] body) {
        this.body = body;
        this.members = Members.of(body);
    }

    /**
     * The body to read in the place of the client's, in the same schema.
     *
     * <p>Simplifications come first, so that a value of the target's own holds against them, too. Of a request for embeddings or for a
     * legacy completion only values and the limit change; of one whose tokens are counted only what is counted.
     *
     * @param schema that the client speaks
     * @param body of a request that was read without an error; it is not changed
     * @return the same array when nothing changes
     * @throws GatewayError of kind INVALID_REQUEST when the body is not a JSON object
     */
    public static byte[] of(ApiSchema schema, byte[] body, TargetEdits edits) {
        if (edits.isNone()) {
            return body;
        }
        EditedRequest request = new EditedRequest(body);
        switch (schema) {
            case OPENAI_CHAT -> request.simplify(new ChatForm(), edits);
            case ANTHROPIC_MESSAGES -> request.simplify(new MessagesForm(true), edits);
            case ANTHROPIC_COUNT_TOKENS -> request.simplify(new MessagesForm(false), edits);
            case OPENAI_RESPONSES -> request.simplify(new ResponsesForm(), edits);
            case OPENAI_COMPLETIONS -> request.limitCompletion(edits.maxTokens());
            case OPENAI_EMBEDDINGS -> {}
            case GEMINI_GENERATE_CONTENT, BEDROCK_CONVERSE, OLLAMA_CHAT, COHERE_CHAT ->
                throw new IllegalArgumentException("no client speaks " + schema);
        }
        if (schema != ApiSchema.ANTHROPIC_COUNT_TOKENS) {
            request.set(edits);
        }
        return request.members.bytes();
    }

    private void simplify(Form form, TargetEdits edits) {
        if (edits.dropTools()) {
            form.tools().forEach(members::remove);
            form.dropToolTraces(members);
        }
        if (edits.dropStructuredOutput()) {
            form.dropStructuredOutput(members);
        }
        if (edits.maxTokens() > 0) {
            form.limit(members, edits.maxTokens());
        }
        Span said = members.span(form.conversation());
        if (said != null && body[said.value()] == '[' && (edits.dropTools() || edits.history() > 0)) {
            converse(form, said, edits);
        }
    }

    /** A client that says nothing gets the few tokens that are usual there: a limit would raise them. */
    private void limitCompletion(int maxTokens) {
        if (maxTokens > 0 && Form.isAbove(members.sent("max_tokens"), maxTokens)) {
            members.set("max_tokens", IntNode.valueOf(maxTokens));
        }
    }

    private void set(TargetEdits edits) {
        edits.set().forEach((name, value) -> {
            if (!TargetEdits.NEVER_SET.contains(name)) {
                members.set(name, Json.treeOf(value));
            }
        });
    }

    // ------------------------------------------------------------------ the conversation

    private void converse(Form form, Span said, TargetEdits edits) {
        List<Span> spans = Json.spans(body, said.value(), said.to(), JsonToken.START_ARRAY);
        List<Turn> before = turns(spans);
        List<Turn> now = edits.dropTools() ? form.withoutTools(before) : before;
        if (edits.history() > 0) {
            now = History.last(edits.history(), now, form);
        }
        if (!now.equals(before)) {
            members.set(form.conversation(), bytes(now, spans));
        }
    }

    private List<Turn> turns(List<Span> spans) {
        List<Turn> turns = new ArrayList<>(spans.size());
        for (Span span : spans) {
            turns.add(new Turn(Json.tree(body, span.value(), span.to()), turns.size(), false));
        }
        return turns;
    }

    private byte[] bytes(List<Turn> turns, List<Span> spans) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(body.length);
        out.write('[');
        for (Turn turn : turns) {
            if (out.size() > 1) {
                out.write(',');
            }
            if (turn.changed()) {
                out.writeBytes(Json.bytes(turn.node()));
            } else {
                Span span = spans.get(turn.at());
                out.write(body, span.value(), span.to() - span.value());
            }
        }
        out.write(']');
        return out.toByteArray();
    }
}
