// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

/** A value with the place that it came from. */
record Chosen(Object value, String origin) {}
