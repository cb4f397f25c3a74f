// SPDX-License-Identifier: Apache-2.0
/**
 * Hot, except for the signature. What is AWS about Bedrock and not about models: the binary event stream
 * ({@code application/vnd.amazon.eventstream}) as offsets and views over bytes, and the signature of a request (Signature Version
 * 4). Knows nothing of what the frames mean. Sources: the AWS event stream encoding ("Amazon Transcribe: event stream
 * encoding", smithy.io "Amazon Event Stream"), and "Create a signed AWS API request" in the IAM guide. Open
 * {@code EventStreamFramer} first, then {@code EventStreamFrame} and {@code SigV4}.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.schema.bedrock;
