// SPDX-License-Identifier: Apache-2.0
package dev.penstock.policy;

import dev.penstock.exchange.RequestFacts;

/**
 * A text with variables, {@code You asked {{request.model}}.}, compiled once. The language is Mustache without what reaches
 * outside: variables, sections such as <code>{{#request.tools}}...{{/request.tools}}</code> (true, a text that is not empty, a number that is not 0),
 * inverted sections and comments; no partials. Nothing is escaped, because the text becomes a value of JSON later. What a request
 * holds is data: braces in it stay braces. Immutable; any thread.
 */
public final class Template {

    static final int LONGEST = 100_000;

    private final String text;
    private final MustacheText compiled;

    private Template(String text, MustacheText compiled) {
        this.text = text;
        this.compiled = compiled;
    }

    /**
     * Parses and checks a template.
     *
     * @param text as a person wrote it
     * @throws PolicyException when it is no template, names unknown variables or is longer than {@value #LONGEST} characters
     */
    public static Template compile(String text) throws PolicyException {
        if (text.length() > LONGEST) {
            throw new PolicyException(1, 1, "longer than " + LONGEST + " characters");
        }
        return new Template(text, MustacheText.compile(text));
    }

    /** The finished text; content, because it may repeat what the request says. */
    public String fill(RequestFacts facts) {
        return compiled.fill(facts);
    }

    /** As a person wrote it. */
    public String text() {
        return text;
    }

    /** Templates of equal text say the same. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Template template && text.equals(template.text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return text;
    }
}
