// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import com.fasterxml.classmate.ResolvedType;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.victools.jsonschema.generator.CustomDefinition;
import com.github.victools.jsonschema.generator.CustomDefinitionProviderV2;
import com.github.victools.jsonschema.generator.CustomPropertyDefinition;
import com.github.victools.jsonschema.generator.FieldScope;
import com.github.victools.jsonschema.generator.Option;
import com.github.victools.jsonschema.generator.OptionPreset;
import com.github.victools.jsonschema.generator.SchemaGenerationContext;
import com.github.victools.jsonschema.generator.SchemaGenerator;
import com.github.victools.jsonschema.generator.SchemaGeneratorConfigBuilder;
import com.github.victools.jsonschema.generator.SchemaVersion;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The JSON Schema (2020-12) of the file, generated from {@link FileForm}, for editors and for checks before a deployment.
 * It is a little more lenient than the loader: a reference such as <code>${VAR}</code> may stand wherever a value may.
 */
public final class ConfigSchema {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String REFERENCE = "\\$\\{.+\\}";

    private ConfigSchema() {}

    /** The text of {@code conf/penstock.schema.json}. */
    public static String text() {
        try {
            DefaultIndenter indenter = new DefaultIndenter("  ", "\n");
            DefaultPrettyPrinter printer =
                    new DefaultPrettyPrinter().withObjectIndenter(indenter).withArrayIndenter(indenter);
            return JSON.writer(printer).writeValueAsString(generate()) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a schema that cannot be written", e);
        }
    }

    private static ObjectNode generate() {
        SchemaGeneratorConfigBuilder config = new SchemaGeneratorConfigBuilder(
                        JSON, SchemaVersion.DRAFT_2020_12, OptionPreset.PLAIN_JSON)
                .with(Option.FORBIDDEN_ADDITIONAL_PROPERTIES_BY_DEFAULT, Option.MAP_VALUES_AS_ADDITIONAL_PROPERTIES);
        // The order of the file's sections is the path of a request; the schema keeps it.
        config.forTypesInGeneral()
                .withPropertySorter((unusedFirst, unusedSecond) -> 0)
                .withCustomDefinitionProvider(new ShortForms());
        config.forFields()
                .withPropertyNameOverrideResolver(field -> key(field).name())
                .withDescriptionResolver(field -> key(field).key().value())
                .withRequiredCheck(field -> key(field).key().required())
                .withCustomDefinitionProvider(ConfigSchema::scalar);
        ObjectNode schema = new SchemaGenerator(config.build()).generateSchema(FileForm.class);
        schema.put("title", "Penstock configuration");
        return schema;
    }

    private static FormKey key(FieldScope field) {
        return FormKey.of(field.getDeclaringType().getErasedType()).stream()
                .filter(k -> k.component().equals(field.getDeclaredName()))
                .findFirst()
                .orElseThrow();
    }

    private static @Nullable CustomPropertyDefinition scalar(FieldScope field, SchemaGenerationContext context) {
        Class<?> type = field.getType().getErasedType();
        Key key = key(field).key();
        if (type == java.util.List.class) {
            Class<?> element = FormKey.element(key(field).type());
            return Scalar.of(element)
                    .map(scalar -> new CustomPropertyDefinition(listOf(scalar, key)))
                    .orElse(null);
        }
        if (type == Params.class) {
            return new CustomPropertyDefinition(JSON.createObjectNode()
                    .put("type", "object")
                    // Names of other people's.
                    .put("additionalProperties", true));
        }
        return Scalar.of(type)
                .map(scalar -> new CustomPropertyDefinition(definition(scalar, key)))
                .orElse(null);
    }

    private static ObjectNode listOf(Scalar<?> scalar, Key key) {
        ObjectNode list = JSON.createObjectNode().put("type", "array");
        list.set("items", definition(scalar, key));
        return list;
    }

    private static ObjectNode definition(Scalar<?> scalar, Key key) {
        ObjectNode node = JSON.createObjectNode();
        if (scalar.type() == Integer.class || scalar.type() == Boolean.class) {
            alternatives(scalar, key, node.putArray("anyOf"));
        } else if (scalar.type().isEnum()) {
            choices(scalar, node.putArray("anyOf"));
        } else if (scalar.type() == Count.class || scalar.type() == Usd.class) {
            ArrayNode forms = node.putArray("anyOf");
            number(key, forms.addObject().put("type", scalar.type() == Usd.class ? "number" : "integer"));
            text(scalar, forms.addObject());
        } else {
            text(scalar, node);
        }
        if (!key.def().isEmpty()) {
            node.set("default", defaultOf(scalar, key));
        }
        return node;
    }

    private static void alternatives(Scalar<?> scalar, Key key, ArrayNode forms) {
        if (scalar.type() == Boolean.class) {
            forms.addObject().put("type", "boolean");
        } else {
            number(key, forms.addObject().put("type", "integer"));
        }
        forms.addObject().put("type", "string").put("pattern", "^" + REFERENCE + "$");
    }

    private static void number(Key key, ObjectNode node) {
        bound(key.min(), "minimum", node);
        bound(key.max(), "maximum", node);
    }

    private static void bound(String bound, String keyword, ObjectNode node) {
        Count count = Count.parse(bound);
        if (count != null) {
            node.put(keyword, count.value());
        }
    }

    /** Labels that YAML reads as numbers ({@code http: 1.1}) are offered in both forms. */
    private static void choices(Scalar<?> scalar, ArrayNode forms) {
        ArrayNode values = forms.addObject().putArray("enum");
        for (Object constant : scalar.type().getEnumConstants()) {
            String label = Scalar.label(constant);
            values.add(label);
            java.math.BigDecimal number = Decimals.parse(label);
            if (number != null) {
                values.add(number);
            }
        }
        forms.addObject().put("type", "string").put("pattern", "^" + REFERENCE + "$");
    }

    private static void text(Scalar<?> scalar, ObjectNode node) {
        node.put("type", "string");
        if (!scalar.pattern().isEmpty()) {
            node.put("pattern", "^(" + scalar.pattern() + "|.*" + REFERENCE + ".*)$");
        }
    }

    private static com.fasterxml.jackson.databind.JsonNode defaultOf(Scalar<?> scalar, Key key) {
        Object value = scalar.read(key.def(), key);
        return value instanceof Integer || value instanceof Boolean
                ? JSON.valueToTree(value)
                : JSON.getNodeFactory().textNode(key.def());
    }

    /** A section with a {@link ShortForm} is an object, or the value that one of its keys would take. */
    private static final class ShortForms implements CustomDefinitionProviderV2 {

        @Override
        public @Nullable CustomDefinition provideCustomSchemaDefinition(
                ResolvedType type, SchemaGenerationContext context) {
            ShortForm form = type.getErasedType().getAnnotation(ShortForm.class);
            if (form == null) {
                return null;
            }
            ObjectNode node = JSON.createObjectNode();
            node.put("description", form.forms());
            ArrayNode forms = node.putArray("anyOf");
            forms.addObject().put("type", "string");
            listForm(type.getErasedType(), form, context).ifPresent(forms::add);
            forms.add(context.createStandardDefinition(type, this));
            return new CustomDefinition(
                    node, CustomDefinition.DefinitionType.STANDARD, CustomDefinition.AttributeInclusion.NO);
        }

        private static Optional<ObjectNode> listForm(
                Class<?> section, ShortForm form, SchemaGenerationContext context) {
            return Arrays.stream(section.getRecordComponents())
                    .filter(c -> c.getName().equals(form.value()) && c.getType() == java.util.List.class)
                    .findFirst()
                    .map(RecordComponent::getGenericType)
                    .map(type -> {
                        ObjectNode list =
                                JSON.createObjectNode().put("type", "array").put("minItems", 1);
                        list.set(
                                "items",
                                context.createDefinitionReference(
                                        context.getTypeContext().resolve(FormKey.element(type))));
                        return list;
                    });
        }
    }
}
