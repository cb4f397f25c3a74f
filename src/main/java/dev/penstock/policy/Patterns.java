// SPDX-License-Identifier: Apache-2.0
package dev.penstock.policy;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelSourceLocation;
import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.ast.CelExpr.CelCall;
import dev.cel.common.navigation.CelNavigableAst;
import dev.cel.runtime.CelFunctionBinding;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The function {@code matches}, with the patterns of the conditions compiled when these are. CEL's own compiles the pattern for
 * each evaluation, which costs more than all the rest of it, and finds out that one is wrong when a request is there. The
 * library is RE2's: no pattern can make it slow, but each character costs, so it sees a bounded part of the text.
 */
final class Patterns {

    private static final String FUNCTION = "matches";

    private final Map<String, Pattern> compiled = new ConcurrentHashMap<>();

    @SuppressWarnings(
            "Immutable") // grows while conditions are compiled; to an evaluation it is a table that only answers
    Iterable<CelFunctionBinding> bindings() {
        return CelFunctionBinding.fromOverloads(
                FUNCTION,
                CelFunctionBinding.from("matches", String.class, String.class, this::find),
                CelFunctionBinding.from("matches_string", String.class, String.class, this::find));
    }

    private boolean find(String text, String pattern) {
        Pattern known = compiled.get(pattern);
        if (known == null) {
            throw new IllegalStateException("a pattern that was not compiled with its condition");
        }
        int end = Math.min(text.length(), Conditions.LONGEST_MATCHED);
        return known.matcher(text.substring(0, end)).find();
    }

    void compile(CelAbstractSyntaxTree ast) throws PolicyException {
        for (CelExpr call : CelNavigableAst.fromAst(ast)
                .getRoot()
                .allNodes()
                .map(node -> node.expr())
                .filter(Patterns::isMatches)
                .toList()) {
            CelExpr pattern = call.call().args().getLast();
            CelSourceLocation at = ast.getSource()
                    .getOffsetLocation(ast.getSource().getPositionsMap().getOrDefault(pattern.id(), 0))
                    .orElse(CelSourceLocation.of(1, 0));
            if (pattern.getKind() != CelExpr.ExprKind.Kind.CONSTANT
                    || pattern.constant().getKind() != CelConstant.Kind.STRING_VALUE) {
                throw new PolicyException(
                        at.getLine(), at.getColumn() + 1, "the pattern of matches must be a text in quotes");
            }
            compile(pattern.constant().stringValue(), at);
        }
    }

    private void compile(String pattern, CelSourceLocation at) throws PolicyException {
        try {
            compiled.put(pattern, Pattern.compile(pattern));
        } catch (PatternSyntaxException e) {
            throw new PolicyException(
                    at.getLine(), at.getColumn() + 1, "not a regular expression, " + e.getDescription());
        }
    }

    private static boolean isMatches(CelExpr expr) {
        if (expr.getKind() != CelExpr.ExprKind.Kind.CALL) {
            return false;
        }
        CelCall call = expr.call();
        return call.function().equals(FUNCTION) && !call.args().isEmpty();
    }
}
