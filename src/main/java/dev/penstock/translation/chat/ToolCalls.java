// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.chat;

import dev.penstock.conversation.AnswerSink;
import dev.penstock.conversation.Carrier;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Sorts the fragments of {@code tool_calls} into calls. OpenAI numbers them; others send no index (Gemini, Mistral), the same index
 * for every call (Ollama), no id, an id in every fragment, a new id in every fragment (vLLM), or the name again. So: an id that is
 * new, with a name, is a new call; else the index tells; else it is the last call, unless that one is complete and a name comes
 * again.
 */
final class ToolCalls {

    private static final int LONGEST_MINTED = 40;

    private final List<OpenCall> calls = new ArrayList<>(2);
    private int begun;
    private String answerId = "";

    /** Minted ids are made of it. */
    void answerId(String id) {
        answerId = id;
    }

    boolean any() {
        return begun > 0;
    }

    /**
     * Takes one fragment.
     *
     * @param index as sent, or -1
     * @param id as sent, may be empty
     * @param name as sent, may be empty
     * @param arguments a piece, may be empty
     */
    void fragment(long index, String id, String name, String arguments, @Nullable Carrier carrier, AnswerSink sink) {
        OpenCall call = known(index, id, name, arguments);
        if (call == null) {
            endComplete(sink);
            call = new OpenCall(index, id);
            calls.add(call);
        }
        call.learn(id, name);
        if (!call.started() && !call.name().isEmpty()) {
            begin(call, sink);
        }
        if (carrier != null) {
            call.carrier(carrier, sink);
        }
        call.arguments(arguments, sink);
    }

    private @Nullable OpenCall known(long index, String id, String name, String arguments) {
        if (!id.isEmpty()) {
            OpenCall same = byId(id);
            if (same != null) {
                return same;
            }
            OpenCall before = index >= 0 ? byIndex(index) : null;
            return before != null && (name.isEmpty() || (before.id().isEmpty() && !before.started())) ? before : null;
        }
        OpenCall before = index >= 0 ? byIndex(index) : last();
        if (before == null || name.isEmpty() || before.name().isEmpty()) {
            return before;
        }
        boolean again = !before.name().equals(name) || (before.complete() && !arguments.isEmpty());
        return again ? null : before;
    }

    private @Nullable OpenCall byId(String id) {
        for (int i = calls.size() - 1; i >= 0; i--) {
            if (calls.get(i).id().equals(id)) {
                return calls.get(i);
            }
        }
        return null;
    }

    private @Nullable OpenCall byIndex(long index) {
        for (int i = calls.size() - 1; i >= 0; i--) {
            if (calls.get(i).index == index) {
                return calls.get(i);
            }
        }
        return null;
    }

    private @Nullable OpenCall last() {
        return calls.isEmpty() ? null : calls.get(calls.size() - 1);
    }

    private void begin(OpenCall call, AnswerSink sink) {
        int number = begun++;
        call.start(number, mint(number), sink);
    }

    /** A client that builds block after block can close what is surely over before the next begins. */
    private void endComplete(AnswerSink sink) {
        for (int i = 0; i < calls.size(); i++) {
            if (calls.get(i).complete()) {
                calls.get(i).end(sink);
            }
        }
    }

    /** The answer is over. A call that never got a name cannot be made; it is left out. */
    void end(AnswerSink sink) {
        for (OpenCall call : calls) {
            if (!call.started() && call.hasArguments()) {
                begin(call, sink);
            }
            call.end(sink);
        }
    }

    /** Short enough for OpenAI (40 characters), and of letters that every schema allows. */
    private String mint(int number) {
        StringBuilder id =
                new StringBuilder(LONGEST_MINTED).append("call_").append(number).append('_');
        if (answerId.isEmpty()) {
            // Two turns of one conversation may not have the same id in them.
            answerId = Long.toHexString(UUID.randomUUID().getLeastSignificantBits());
        }
        int from = Math.max(0, answerId.length() - (LONGEST_MINTED - id.length()));
        for (int i = from; i < answerId.length(); i++) {
            char c = answerId.charAt(i);
            id.append(c < 128 && (Character.isLetterOrDigit(c) || c == '-' || c == '_') ? c : '_');
        }
        return id.toString();
    }
}
