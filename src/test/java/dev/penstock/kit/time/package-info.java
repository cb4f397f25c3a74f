// SPDX-License-Identifier: Apache-2.0
/** Time moved by hand, for the rooms whose time comes in by the constructor. The only part of the kit that knows the product. */
package dev.penstock.kit.time;
