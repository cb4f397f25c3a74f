// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/**
 * Reads YAML 1.2 into a {@link Tree} and refuses what a reader of YAML 1.1 would understand differently: the words on, off,
 * yes and no without quotes, and own tags. Duplicate keys are refused. A message never quotes the file, because the line
 * with the mistake may hold a secret.
 */
final class TreeReader {

    /** Far above any real file, far below what nested aliases ("billion laughs") can make of a small one. */
    private static final int MOST_NODES = 100_000;

    private static final Set<String> AMBIGUOUS = Set.of("yes", "no", "on", "off");

    private final String name;
    private final @Nullable Path folder;
    private final boolean expand;
    private final Problems problems;
    private int nodes;

    private TreeReader(String name, @Nullable Path folder, boolean expand, Problems problems) {
        this.name = name;
        this.folder = folder;
        this.expand = expand;
        this.problems = problems;
    }

    static Optional<Tree> file(String name, Path folder, byte[] bytes, Problems problems) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return new TreeReader(name, folder, true, problems).read(text);
        } catch (CharacterCodingException e) {
            problems.add(Source.of(name), "", "not a UTF-8 text");
            return Optional.empty();
        }
    }

    static Optional<Tree> variable(String name, String value, Problems problems) {
        return new TreeReader(name, null, false, problems).read(value);
    }

    private Optional<Tree> read(String text) {
        LoadSettings settings = LoadSettings.builder()
                .setLabel(name)
                .setSchema(new CoreSchema())
                .setMaxAliasesForCollections(50)
                .build();
        try {
            Iterator<Node> documents =
                    new Compose(settings).composeAllFromString(text).iterator();
            if (!documents.hasNext()) {
                return Optional.of(new Tree.Nothing(Source.of(name)));
            }
            Node root = documents.next();
            if (documents.hasNext()) {
                problems.unexpected(at(documents.next()), "", "a second document", "one document per file");
            }
            return Optional.of(tree(root, ""));
        } catch (MarkedYamlEngineException e) {
            problems.add(e.getProblemMark().or(e::getContextMark).map(this::at).orElse(Source.of(name)), "", reason(e));
        } catch (YamlEngineException e) {
            problems.add(Source.of(name), "", "not valid YAML");
        }
        return Optional.empty();
    }

    private static String reason(MarkedYamlEngineException e) {
        String problem = e.getProblem() == null ? "" : e.getProblem();
        // The parser names undefined aliases and tags; a value that was meant as text may begin like one.
        boolean quotes = problem.contains("alias") || problem.contains("tag") || problem.contains("handle");
        return "not valid YAML" + (problem.isEmpty() || quotes ? "" : ": " + problem.strip());
    }

    private Tree tree(Node node, String path) {
        if (++nodes > MOST_NODES || node.isRecursive()) {
            throw new YamlEngineException("too many nodes");
        }
        Source at = at(node);
        return switch (node) {
            case ScalarNode scalar -> leaf(scalar, path, at);
            case SequenceNode sequence -> items(sequence, path, at);
            case MappingNode mapping -> fields(mapping, path, at);
            default -> new Tree.Nothing(at);
        };
    }

    private Tree leaf(ScalarNode node, String path, Source at) {
        if (node.getTag().equals(Tag.NULL)) {
            return new Tree.Nothing(at);
        }
        if (!node.getTag().getValue().startsWith(Tag.PREFIX) || node.getTag().equals(Tag.BINARY)) {
            problems.add(at, path, "a YAML tag; expected a plain value");
        }
        if (node.isPlain()) {
            refuseAmbiguous(node.getValue(), path, at);
        }
        return new Tree.Leaf(node.getValue(), expand, style(node), at);
    }

    private static Tree.Style style(ScalarNode node) {
        return switch (node.getScalarStyle()) {
            case PLAIN, JSON_SCALAR_STYLE -> Tree.Style.PLAIN;
            case SINGLE_QUOTED, DOUBLE_QUOTED -> Tree.Style.QUOTED;
            case LITERAL, FOLDED -> Tree.Style.BLOCK;
        };
    }

    private void refuseAmbiguous(String text, String path, Source at) {
        if (AMBIGUOUS.contains(text.toLowerCase(Locale.ROOT))) {
            problems.unexpected(
                    at, path, text, "true or false, or the word in quotes (YAML 1.1 and 1.2 read it differently)");
        }
    }

    private Tree items(SequenceNode node, String path, Source at) {
        List<Tree> items = new ArrayList<>();
        for (Node item : node.getValue()) {
            items.add(tree(item, path + "[" + items.size() + "]"));
        }
        return new Tree.Items(items, at);
    }

    private Tree fields(MappingNode node, String path, Source at) {
        Map<String, Tree.Field> fields = new LinkedHashMap<>();
        for (NodeTuple tuple : node.getValue()) {
            Source keyAt = at(tuple.getKeyNode());
            if (!(tuple.getKeyNode() instanceof ScalarNode key) || key.getTag().equals(Tag.NULL)) {
                problems.unexpected(keyAt, path, "a key that is no name", "a name");
                continue;
            }
            String keyPath = Paths.child(path, key.getValue());
            if (key.isPlain()) {
                refuseAmbiguous(key.getValue(), keyPath, keyAt);
            }
            Tree.Field earlier = fields.get(key.getValue());
            if (earlier != null) {
                problems.add(
                        keyAt,
                        keyPath,
                        "duplicate key, first used in line " + earlier.keyAt().line());
                continue;
            }
            fields.put(key.getValue(), new Tree.Field(keyAt, tree(tuple.getValueNode(), keyPath)));
        }
        return new Tree.Fields(fields, at);
    }

    private Source at(Node node) {
        return node.getStartMark().map(this::at).orElse(Source.of(name));
    }

    private Source at(Mark mark) {
        return expand ? new Source(name, mark.getLine() + 1, mark.getColumn() + 1, folder) : Source.of(name);
    }
}
