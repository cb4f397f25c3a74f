// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.edits;

import dev.penstock.translation.edits.Turn.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The last messages of a conversation. They begin with one of the user, because most providers want that, and never between a call and
 * its result, because all do: fewer are kept where that is possible. Where the last messages are all of an agent at work, the question
 * that it works on is kept as well, and what lies between is left out.
 */
final class History {

    private final Form form;
    private final List<Turn> spoken;

    private History(Form form, List<Turn> spoken) {
        this.form = form;
        this.spoken = spoken;
    }

    /**
     * Instructions and the last messages.
     *
     * @param most messages, instructions not counted; what the assistant says at once counts as one
     * @return the same list when nothing is left out
     */
    static List<Turn> last(int most, List<Turn> turns, Form form) {
        List<Turn> spoken = turns.stream()
                .filter(turn -> turn.kind(form) != Kind.INSTRUCTION)
                .toList();
        List<Turn> kept = new History(form, spoken).last(most);
        if (kept.size() == spoken.size()) {
            return turns;
        }
        Set<Integer> places = kept.stream().map(Turn::at).collect(Collectors.toSet());
        return turns.stream()
                .filter(turn -> turn.kind(form) == Kind.INSTRUCTION || places.contains(turn.at()))
                .toList();
    }

    private List<Turn> last(int most) {
        int from = spoken.size();
        for (int messages = 0; messages < most; messages++) {
            if (from == 0) {
                return spoken;
            }
            from = messageBefore(from);
        }
        int question = next(from, Kind.USER);
        if (question < spoken.size()) {
            return spoken.subList(question, spoken.size());
        }
        question = previous(from, Kind.USER);
        return question < 0 ? spoken : asked(question, from);
    }

    /** The question, and what the assistant has done about it from there on. */
    private List<Turn> asked(int question, int from) {
        int work = next(from, Kind.ASSISTANT);
        if (work == spoken.size()) {
            work = messageBefore(previous(from, Kind.ASSISTANT) + 1);
        }
        List<Turn> kept = new ArrayList<>();
        kept.add(spoken.get(question));
        kept.addAll(spoken.subList(Math.max(work, question + 1), spoken.size()));
        return kept;
    }

    /** Where the message begins that ends before this place. */
    private int messageBefore(int end) {
        int begin = end - 1;
        while (form.isOneMessage() && begin > 0 && kind(begin) == Kind.ASSISTANT && kind(begin - 1) == Kind.ASSISTANT) {
            begin--;
        }
        return Math.max(begin, 0);
    }

    private int next(int from, Kind kind) {
        int at = from;
        while (at < spoken.size() && kind(at) != kind) {
            at++;
        }
        return at;
    }

    private int previous(int before, Kind kind) {
        int at = before - 1;
        while (at >= 0 && kind(at) != kind) {
            at--;
        }
        return at;
    }

    private Kind kind(int at) {
        return spoken.get(at).kind(form);
    }
}
