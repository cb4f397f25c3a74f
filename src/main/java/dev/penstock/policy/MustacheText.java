// SPDX-License-Identifier: Apache-2.0
package dev.penstock.policy;

import com.samskivert.mustache.Mustache;
import com.samskivert.mustache.MustacheException;
import com.samskivert.mustache.Template;
import dev.penstock.exchange.RequestFacts;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * jmustache with our variables as its whole world. Its usual collector looks for fields and methods of whatever a template names;
 * ours knows {@link RequestFacts} and asks nothing else, so a template cannot reach into the gateway.
 */
final class MustacheText {

    private static final Mustache.Compiler MUSTACHE = Mustache.compiler()
            .escapeHTML(false)
            .strictSections(true)
            .emptyStringIsFalse(true)
            .zeroIsFalse(true)
            .withCollector(new OnlyFacts());

    private final Template template;

    private MustacheText(Template template) {
        this.template = template;
    }

    static MustacheText compile(String text) throws PolicyException {
        try {
            Template template = MUSTACHE.compile(text);
            Names names = new Names(text);
            template.visit(names);
            if (names.mistake != null) {
                throw names.mistake;
            }
            return new MustacheText(template);
        } catch (MustacheException e) {
            throw parseMistake(text, e.getMessage());
        } catch (RuntimeException e) {
            // The parser of this library stumbles over an empty tag.
            throw new PolicyException(1, 1, "not a template");
        }
    }

    /** The library says "Section missing close tag 'a' @ line 2". */
    private static PolicyException parseMistake(String text, @Nullable String message) {
        String said = message == null ? "not a template" : message;
        int at = said.lastIndexOf(" @ line ");
        String what = at < 0 ? said : said.substring(0, at);
        int first = what.indexOf('\'');
        int last = what.indexOf('\'', first + 1);
        String name = first < 0 || last < 0 ? "" : what.substring(first + 1, last);
        int[] place = place(text, text.lastIndexOf(name));
        return new PolicyException(place[0], place[1], what);
    }

    String fill(RequestFacts facts) {
        return template.execute(facts);
    }

    /** Line and column, from 1. */
    private static int[] place(String text, int offset) {
        int at = Math.max(0, offset);
        int lineStart = text.lastIndexOf('\n', at - 1) + 1;
        int line = 1
                + (int) text.substring(0, lineStart)
                        .chars()
                        .filter(c -> c == '\n')
                        .count();
        return new int[] {line, 1 + text.codePointCount(lineStart, at)};
    }

    /** Remembers the first thing that a template may not say. */
    private static final class Names implements Mustache.Visitor {
        private final String text;
        private @Nullable PolicyException mistake;

        Names(String text) {
            this.text = text;
        }

        @Override
        public void visitText(String piece) {
            // A tag without an end is text to the library; no person means it.
            if (piece.contains("{{")) {
                refuse(text.lastIndexOf("{{"), "{{ without }}");
            }
        }

        @Override
        public void visitVariable(String name) {
            check(name);
        }

        @Override
        public boolean visitSection(String name) {
            check(name);
            return true;
        }

        @Override
        public boolean visitInvertedSection(String name) {
            check(name);
            return true;
        }

        @Override
        public boolean visitInclude(String name) {
            refuse(text.indexOf(name), "a partial; templates are not put together of others");
            return false;
        }

        @Override
        public boolean visitParent(String name) {
            return visitInclude(name);
        }

        @Override
        public boolean visitBlock(String name) {
            return visitInclude(name);
        }

        private void check(String name) {
            if (mistake == null && Variable.named(name) == null) {
                int[] at = place(text, text.indexOf(name));
                mistake = PolicyException.unknown(at[0], at[1], "unknown variable", name, Variable.NAMES);
            }
        }

        private void refuse(int offset, String what) {
            if (mistake == null) {
                int[] at = place(text, offset);
                mistake = new PolicyException(at[0], at[1], what);
            }
        }
    }

    /** Knows the variables, and no other value of any object. */
    private static final class OnlyFacts implements Mustache.Collector {

        /** Nothing is a list: a section is shown once or not at all. */
        @Override
        public @Nullable Iterator<?> toIterator(Object value) {
            return null;
        }

        @Override
        public Mustache.@Nullable VariableFetcher createFetcher(Object context, String name) {
            return context instanceof RequestFacts && Variable.named(name) != null ? OnlyFacts::value : null;
        }

        private static Object value(Object context, String name) {
            Variable variable = Variable.named(name);
            return variable == null ? Template.NO_FETCHER_FOUND : variable.of((RequestFacts) context);
        }

        @Override
        public <K, V> Map<K, V> createFetcherCache() {
            return new ConcurrentHashMap<>();
        }
    }
}
