// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * One key of the file: its meaning and default stand beside the component that receives it. The loader, the JSON Schema and
 * the table in the documentation all read this one place, so they cannot disagree.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.RECORD_COMPONENT, ElementType.FIELD})
@interface Key {

    /** What the key means, one sentence for the documentation and for the editor. */
    String value();

    /** The name in the file, where it is not the component's name in snake case. */
    String name() default "";

    /** The default, as one would write it in the file. */
    String def() default "";

    /** For keys without a fixed default: what holds while the key is absent. */
    String unset() default "";

    /** Smallest value, as one would write it. */
    String min() default "";

    /** Largest value, as one would write it. */
    String max() default "";

    boolean required() default false;
}
