// SPDX-License-Identifier: Apache-2.0
package dev.penstock.policy;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelOptions;
import dev.cel.common.CelValidationException;
import dev.cel.common.CelValidationResult;
import dev.cel.common.types.CelType;
import dev.cel.common.types.SimpleType;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerBuilder;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeFactory;
import dev.cel.runtime.CelStandardFunctions;
import dev.cel.runtime.CelStandardFunctions.StandardFunction;
import dev.penstock.exchange.RequestTest;

/** CEL with our variables, bounds and patterns. Building one loads some 700 classes, so it waits for the first condition. */
final class CelEnvironment {

    /** The planner resolves names and functions when a program is made; it evaluates several times as fast as the older one. */
    private final CelRuntime runtime;

    private final CelCompiler compiler;
    private final Patterns patterns = new Patterns();

    CelEnvironment() {
        // The planner insists on comparisons between kinds of numbers; without them request.tokens > 0.5 would be an
        // error.
        CelOptions options = CelOptions.current()
                .maxExpressionCodePointSize(Conditions.LONGEST)
                .maxParseRecursionDepth(Conditions.DEEPEST)
                .maxParseExpressionNodeCount(Conditions.MOST_NODES)
                .comprehensionMaxIterations(Conditions.MOST_ITERATIONS)
                .enableHeterogeneousNumericComparisons(true)
                .build();
        CelCompilerBuilder builder = CelCompilerFactory.standardCelCompilerBuilder()
                .setOptions(options)
                .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
                .setResultType(SimpleType.BOOL);
        for (Variable variable : Variable.values()) {
            builder.addVar(variable.label(), type(variable.kind()));
        }
        compiler = builder.build();
        runtime = CelRuntimeFactory.plannerRuntimeBuilder()
                .setOptions(options)
                .setStandardFunctions(CelStandardFunctions.newBuilder()
                        .excludeFunctions(StandardFunction.MATCHES)
                        .build())
                .addFunctionBindings(patterns.bindings())
                .build();
    }

    private static CelType type(Variable.Kind kind) {
        return switch (kind) {
            case TEXT -> SimpleType.STRING;
            case NUMBER -> SimpleType.INT;
            case FLAG -> SimpleType.BOOL;
        };
    }

    RequestTest compile(String text) throws PolicyException {
        CelValidationResult checked = compiler.compile(text);
        if (checked.hasError()) {
            throw CelMistakes.of(text, checked.getErrors());
        }
        try {
            CelAbstractSyntaxTree ast = checked.getAst();
            // dyn() passes the check of types with a result that is only known at run time.
            if (!SimpleType.BOOL.equals(ast.getResultType())) {
                throw new PolicyException(1, 1, "a condition must be true or false");
            }
            patterns.compile(ast);
            return new CelCondition(text, runtime.createProgram(ast));
        } catch (CelValidationException | CelEvaluationException e) {
            throw new PolicyException(1, 1, "not a condition");
        }
    }
}
