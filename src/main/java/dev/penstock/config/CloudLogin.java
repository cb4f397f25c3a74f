// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

/**
 * Where credentials are to be fetched that nobody has written into the configuration: all that a vendor's own SDK would look up
 * in the environment, looked up once. Equal ones find the same credentials.
 */
public sealed interface CloudLogin permits AwsLogin, GoogleLogin {}
