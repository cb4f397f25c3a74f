// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** A section that also has a short form: a value in its place is read as the value of one of its keys. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@interface ShortForm {

    /** The component that the short form stands for. */
    String value();

    /** All forms, in words, for messages. */
    String forms();
}
