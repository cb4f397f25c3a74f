// SPDX-License-Identifier: Apache-2.0
/** Certificates made at run time. Apart from the rest of the kit, because it needs Bouncy Castle. */
package dev.penstock.kit.tls;
