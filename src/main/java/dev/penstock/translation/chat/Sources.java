// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.chat;

import dev.penstock.conversation.AnswerSink;
import dev.penstock.conversation.Citation;
import dev.penstock.schema.JsonCursor;
import dev.penstock.schema.Keys;
import java.util.ArrayList;
import java.util.List;

/**
 * The sources of an answer: {@code annotations} of the text (OpenAI, OpenRouter), which are told at once, and the lists of the
 * envelope ({@code search_results} and {@code citations} of Perplexity and xAI), which some servers repeat in every chunk and
 * which are therefore told once, at the end.
 */
final class Sources {

    private static final byte[] URL_CITATION = Keys.bytes("url_citation");
    private static final byte[] TITLE = Keys.bytes("title");
    private static final byte[] START_INDEX = Keys.bytes("start_index");
    private static final byte[] END_INDEX = Keys.bytes("end_index");

    private final List<Citation> results = new ArrayList<>(0);
    private final List<Citation> addresses = new ArrayList<>(0);
    private int resultsLength;
    private int addressesLength;

    private String url = "";
    private String title = "";
    private String quote = "";
    private final long[] start = new long[1];
    private final long[] end = new long[1];

    // ------------------------------------------------------------------ lists of the envelope

    /** Skips the list at the cursor; reads it when it is another than the last one, as its length tells. */
    boolean results(JsonCursor json, byte[] bytes, boolean wholeText) {
        int from = json.at();
        if (!json.skipValue()) {
            return false;
        }
        if (json.at() - from != resultsLength && bytes[from] == '[') {
            resultsLength = json.at() - from;
            results.clear();
            gather(bytes, from, json.at(), wholeText, results);
        }
        return true;
    }

    boolean addresses(JsonCursor json, byte[] bytes, boolean wholeText) {
        int from = json.at();
        if (!json.skipValue()) {
            return false;
        }
        if (json.at() - from != addressesLength && bytes[from] == '[') {
            addressesLength = json.at() - from;
            addresses.clear();
            gather(bytes, from, json.at(), wholeText, addresses);
        }
        return true;
    }

    private void gather(byte[] bytes, int from, int to, boolean wholeText, List<Citation> list) {
        JsonCursor json = new JsonCursor();
        json.on(bytes, from, to, wholeText);
        json.enter();
        int state = json.firstElement();
        while (state == JsonCursor.MORE) {
            forget();
            boolean ok;
            if (json.peek() == '"') {
                ok = json.string();
                url = json.stringValue();
            } else {
                ok = json.peek() == '{' ? members(json, true) : json.skipValue();
            }
            if (!ok) {
                return;
            }
            if (!url.isEmpty()) {
                list.add(citation());
            }
            state = json.nextElement();
        }
    }

    void end(AnswerSink sink) {
        for (Citation result : results) {
            sink.citation(result);
        }
        for (Citation address : addresses) {
            if (results.stream()
                    .noneMatch(result -> address.url() != null && address.url().equals(result.url()))) {
                sink.citation(address);
            }
        }
    }

    // ------------------------------------------------------------------ annotations

    /** Reads the annotation that begins at the cursor. */
    boolean annotation(JsonCursor json, AnswerSink sink) {
        forget();
        boolean ok = members(json, true);
        if (ok && !url.isEmpty()) {
            sink.citation(citation());
        }
        return ok;
    }

    private void forget() {
        url = "";
        title = "";
        quote = "";
        start[0] = 0;
        end[0] = 0;
    }

    private Citation citation() {
        // An empty range (OpenRouter) says nothing about the text.
        boolean range = end[0] > start[0] && end[0] <= Integer.MAX_VALUE;
        return new Citation(
                url,
                title.isEmpty() ? null : title,
                quote.isEmpty() ? null : quote,
                range ? (int) start[0] : -1,
                range ? (int) end[0] : -1);
    }

    private boolean members(JsonCursor json, boolean outer) {
        json.enter();
        int state = json.firstMember();
        while (state == JsonCursor.MORE) {
            if (!member(json, outer)) {
                return false;
            }
            state = json.nextMember();
        }
        return state == JsonCursor.END;
    }

    private boolean member(JsonCursor json, boolean outer) {
        int first = json.peek();
        if (json.keyIs(URL_CITATION) && first == '{' && outer) {
            return members(json, false);
        }
        if (json.keyIs(START_INDEX)) {
            return json.count(start, 0);
        }
        if (json.keyIs(END_INDEX)) {
            return json.count(end, 0);
        }
        if (first != '"') {
            return json.skipValue();
        }
        boolean ok = json.string();
        if (json.keyIs(Keys.URL)) {
            url = json.stringValue();
        } else if (json.keyIs(TITLE)) {
            title = json.stringValue();
        } else if (json.keyIs(Keys.CONTENT)) {
            quote = json.stringValue();
        }
        return ok;
    }
}
