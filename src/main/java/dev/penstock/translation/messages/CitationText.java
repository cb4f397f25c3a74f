// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.messages;

import dev.penstock.conversation.Citation;
import org.jspecify.annotations.Nullable;

/**
 * A citation as Anthropic's clients know it: of a page, or of a document. Where in the document nobody says, but the schema demands a
 * place, so the place is the quote itself.
 */
final class CitationText {

    private static final byte[] PAGE = EventOut.ascii("{\"type\":\"web_search_result_location\",\"url\":");
    private static final byte[] PAGE_TITLE = EventOut.ascii(",\"title\":");
    private static final byte[] PAGE_QUOTE = EventOut.ascii(",\"encrypted_index\":\"\",\"cited_text\":");
    private static final byte[] DOCUMENT = EventOut.ascii(
            "{\"type\":\"char_location\",\"document_index\":0,\"start_char_index\":0,\"end_char_index\":");
    private static final byte[] DOCUMENT_TITLE = EventOut.ascii(",\"document_title\":");
    private static final byte[] DOCUMENT_QUOTE = EventOut.ascii(",\"cited_text\":");
    private static final byte[] NULL = EventOut.ascii("null");
    private static final byte[] END = EventOut.ascii("}");

    private CitationText() {}

    static void write(Citation citation, EventOut out) {
        String quote = citation.quote() == null ? "" : citation.quote();
        if (citation.url() == null) {
            out.raw(DOCUMENT).number(quote.length()).raw(DOCUMENT_TITLE);
            orNull(citation.title(), out);
            out.raw(DOCUMENT_QUOTE).quoted(quote).raw(END);
            return;
        }
        out.raw(PAGE).quoted(citation.url()).raw(PAGE_TITLE);
        orNull(citation.title(), out);
        out.raw(PAGE_QUOTE).quoted(quote).raw(END);
    }

    private static void orNull(@Nullable String value, EventOut out) {
        if (value == null) {
            out.raw(NULL);
        } else {
            out.quoted(value);
        }
    }
}
