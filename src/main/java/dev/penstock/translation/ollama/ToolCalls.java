// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.ollama;

import dev.penstock.conversation.AnswerSink;
import dev.penstock.schema.JsonCursor;
import dev.penstock.schema.Keys;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The calls of one answer, counted through all of its lines. Each comes whole, its arguments as an object.
 *
 * <p>Most versions give a call no id. The gateway mints {@code call_<digits of the answer's time>_<n>}: the same bytes give the same id,
 * two answers do not share one, and 40 characters, the most that OpenAI takes, are enough.
 */
final class ToolCalls {

    private static final int MAX_TIME = 24;

    private final JsonCursor json = new JsonCursor();
    private final String createdAt;
    private int count;

    private @Nullable String id;
    private @Nullable String name;
    private String arguments = "";

    /**
     * For one answer.
     *
     * @param createdAt of its first line, to the nanosecond
     */
    ToolCalls(String createdAt) {
        this.createdAt = createdAt;
    }

    int count() {
        return count;
    }

    /** Says the calls of the array {@code bytes[from, to)}; false when it is not JSON. One without a name is none. */
    boolean read(byte[] bytes, int from, int to, AnswerSink sink) {
        json.on(bytes, from, to, true);
        json.enter();
        int state = json.firstElement();
        while (state == JsonCursor.MORE) {
            id = null;
            name = null;
            arguments = "";
            if (!(json.peek() == '{' ? call(bytes) : json.skipValue())) {
                return false;
            }
            say(sink);
            state = json.nextElement();
        }
        return state == JsonCursor.END;
    }

    private boolean call(byte[] bytes) {
        json.enter();
        int state = json.firstMember();
        while (state == JsonCursor.MORE) {
            int first = json.peek();
            boolean isId = first == '"' && json.keyIs(Keys.ID);
            boolean isFunction = first == '{' && json.keyIs(OllamaKeys.FUNCTION);
            if (!(isFunction ? function(bytes) : json.skipValue())) {
                return false;
            }
            id = isId ? json.stringValue() : id;
            state = json.nextMember();
        }
        return state == JsonCursor.END;
    }

    private boolean function(byte[] bytes) {
        json.enter();
        int state = json.firstMember();
        while (state == JsonCursor.MORE) {
            int first = json.peek();
            int from = json.at();
            boolean isName = first == '"' && json.keyIs(OllamaKeys.NAME);
            boolean isArguments = json.keyIs(OllamaKeys.ARGUMENTS);
            if (!json.skipValue()) {
                return false;
            }
            if (isName) {
                name = json.stringValue();
            } else if (isArguments && first == '{') {
                arguments = new String(bytes, from, json.at() - from, StandardCharsets.UTF_8);
            } else if (isArguments && first == '"') {
                // Text, as OpenAI has it: some servers that stand in for Ollama send it so.
                arguments = json.stringValue();
            }
            state = json.nextMember();
        }
        return state == JsonCursor.END;
    }

    private void say(AnswerSink sink) {
        String called = name;
        if (called == null || called.isEmpty()) {
            return;
        }
        int call = count++;
        String own = id;
        sink.toolStart(call, own == null || own.isEmpty() ? mint(call) : own, called);
        if (!arguments.isBlank() && !arguments.equals("{}")) {
            sink.toolArguments(call, arguments);
        }
        sink.toolEnd(call);
    }

    private String mint(int call) {
        StringBuilder minted = new StringBuilder("call_");
        for (int i = 0; i < createdAt.length() && minted.length() < 5 + MAX_TIME; i++) {
            char c = createdAt.charAt(i);
            if (c >= '0' && c <= '9') {
                minted.append(c);
            }
        }
        return minted.append('_').append(call).toString();
    }
}
