// SPDX-License-Identifier: Apache-2.0
/**
 * Cold. From files, environment and defaults to one immutable {@link dev.penstock.config.Snapshot}: strict, with positions,
 * all problems at once, secrets never printed. What comes in: YAML and variables, through
 * {@link dev.penstock.config.ConfigLoader}. What goes out: a {@link dev.penstock.config.LoadResult} whose records are
 * impossible to build wrong, and on a reload a {@link dev.penstock.config.ReloadResult}. Each room receives its own record;
 * an exchange keeps the snapshot it started with.
 *
 * <p>Inside, the way is: {@code TreeReader} (YAML with places), {@code Overrides} (variables over files), {@code Binder} (to
 * the shape that {@code FileForm} declares), {@code Assembler} (what only shows between the sections). To add a key, write it
 * into {@code FileForm} with its meaning and default; loader, JSON Schema and the table of the documentation follow. Open
 * {@link dev.penstock.config.Snapshot} first, then {@code FileForm}.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.config;
