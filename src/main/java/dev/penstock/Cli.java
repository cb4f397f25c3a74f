// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.penstock.config.ConfigLoader;
import dev.penstock.config.LoadResult;
import dev.penstock.config.Problem;
import dev.penstock.config.Secret;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What every command gets from outside.
 *
 * @param env the environment
 * @param workingDirectory where relative paths start
 * @param out results
 * @param err messages for a person
 * @param starter makes the gateway
 * @param random secure, for generated keys
 */
record Cli(
        Map<String, String> env,
        Path workingDirectory,
        PrintWriter out,
        PrintWriter err,
        GatewayStarter starter,
        RandomGenerator random) {

    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    ConfigLoader loader(List<Path> files, @Nullable Secret generatedKey) {
        return new ConfigLoader(files, workingDirectory, env, generatedKey);
    }

    static String json(Object value) {
        return write(JSON.writer(), value);
    }

    static String compactJson(Object value) {
        return write(JSON.writer().without(SerializationFeature.INDENT_OUTPUT), value);
    }

    private static String write(ObjectWriter writer, Object value) {
        try {
            return writer.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a result that cannot be written", e);
        }
    }

    /** Prints every problem: for a person on the error stream, for a program as the result. */
    int refuse(LoadResult.Invalid invalid, OutputFormat format) {
        List<Problem> problems = invalid.problems();
        if (format == OutputFormat.JSON) {
            Map<String, Object> answer = new LinkedHashMap<>();
            answer.put("valid", false);
            answer.put("problems", problems.stream().map(Problem::toMap).toList());
            out.println(json(answer));
        } else {
            problems.forEach(err::println);
            err.println(problems.size() + (problems.size() == 1 ? " problem" : " problems") + " in the configuration");
        }
        return ExitCode.CONFIGURATION.code;
    }
}
