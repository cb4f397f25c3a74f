// SPDX-License-Identifier: Apache-2.0
package dev.penstock.exchange;

/** One place an attempt can go to: a provider by its configured name and the model name that this provider knows. */
public record Target(String provider, String model) {

    public Target {
        if (provider.isEmpty() || model.isEmpty()) {
            throw new IllegalArgumentException("a target needs a provider and a model");
        }
    }

    /** {@code provider/model}, the form that clients may send and logs show. */
    @Override
    public String toString() {
        return provider + "/" + model;
    }
}
