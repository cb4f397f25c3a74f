// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A {@link LedgerStore} for a thread that may wait. */
final class PatientStore {

    private final LedgerStore store;
    private final Duration patience;

    /** @param patience how long an answer may take before it counts as a failure */
    PatientStore(LedgerStore store, Duration patience) {
        this.store = store;
        this.patience = patience;
    }

    /** Waits until they are there, or fails; then they may be there or not. */
    void append(List<LedgerEntry> entries) throws IOException {
        try {
            store.append(entries).toCompletableFuture().get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | CompletionException e) {
            Throwable cause = e.getCause();
            throw new IOException("the store failed: " + (cause == null ? e.toString() : cause.toString()), e);
        } catch (TimeoutException e) {
            throw new IOException("the store did not answer within " + patience.toSeconds() + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("the ledger ends", e);
        } catch (RuntimeException e) {
            throw new IOException("the store failed: " + e, e);
        }
    }
}
