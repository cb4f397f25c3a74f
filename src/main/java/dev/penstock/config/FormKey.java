// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.lang.reflect.Constructor;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One key of one section, as {@link FileForm} declares it.
 *
 * @param name in the file
 * @param component in the record
 * @param key meaning, default and range
 * @param type of the value
 * @param nullable whether the record takes null for an absent key
 */
record FormKey(String name, String component, Key key, Type type, boolean nullable) {

    static List<FormKey> of(Class<?> section) {
        return Arrays.stream(section.getRecordComponents()).map(FormKey::of).toList();
    }

    private static FormKey of(RecordComponent component) {
        Key key = component.getAnnotation(Key.class);
        if (key == null) {
            throw new IllegalStateException(component + " has no @Key");
        }
        String name = key.name().isEmpty() ? snake(component.getName()) : key.name();
        boolean nullable = component.getAnnotatedType().isAnnotationPresent(Nullable.class);
        return new FormKey(name, component.getName(), key, component.getGenericType(), nullable);
    }

    static String snake(String camel) {
        StringBuilder out = new StringBuilder();
        camel.chars().forEach(c -> {
            if (Character.isUpperCase(c)) {
                out.append('_');
            }
            out.append((char) c);
        });
        return out.toString().toLowerCase(Locale.ROOT);
    }

    /** The class that the value is an instance of. */
    static Class<?> raw(Type type) {
        return type instanceof ParameterizedType p ? (Class<?>) p.getRawType() : (Class<?>) type;
    }

    /** What a list or a map holds. */
    static Class<?> element(Type type) {
        Type[] arguments = ((ParameterizedType) type).getActualTypeArguments();
        return raw(arguments[arguments.length - 1]);
    }

    static boolean isSection(Class<?> type) {
        return type.isRecord() && type != Params.class && Scalar.of(type).isEmpty();
    }

    /** Makes the section of its components, in their order. */
    static <R> R build(Class<R> section, @Nullable Object[] values) {
        try {
            Class<?>[] types = Arrays.stream(section.getRecordComponents())
                    .map(RecordComponent::getType)
                    .toArray(Class<?>[]::new);
            Constructor<R> constructor = section.getDeclaredConstructor(types);
            return constructor.newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(section + " cannot be built", e);
        }
    }
}
