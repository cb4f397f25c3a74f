// SPDX-License-Identifier: Apache-2.0
/**
 * Hot and warm. Narrow readers and writers of the API schemas: they find the few fields that Penstock needs and splice bytes;
 * none builds the vendor's type tree. One subpackage per schema.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.schema;
