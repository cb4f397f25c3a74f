// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit;

import dev.penstock.kit.Script.Step;
import dev.penstock.kit.SeenRequest.How;
import io.vertx.core.Context;
import java.util.List;

/**
 * One script on its way over one line. Runs on the event loop of the connection, waits when the line is full, and stops the
 * moment the other side is gone.
 */
final class ScriptRun {

    private final Context context;
    private final Pacer pacer;
    private final List<Step> steps;
    private final SeenRequest seen;
    private final Line line;
    private final Runnable whenFinished;
    private int next;
    private int repeated;
    private boolean stopped;

    ScriptRun(Context context, Pacer pacer, Script script, SeenRequest seen, Line line, Runnable whenFinished) {
        this.context = context;
        this.pacer = pacer;
        this.steps = script.steps;
        this.seen = seen;
        this.line = line;
        this.whenFinished = whenFinished;
    }

    /** Begins in a later turn of the loop: a write inside the read of the request would wait for the end of that read. */
    void start() {
        later();
    }

    void stop() {
        stopped = true;
    }

    private void later() {
        context.runOnContext(v -> advance());
    }

    private void advance() {
        while (!stopped && next < steps.size()) {
            if (line.full()) {
                line.onDrain(this::later);
                return;
            }
            if (!perform(steps.get(next))) {
                return;
            }
        }
        line.flush();
    }

    /** True when the next step may follow at once. */
    private boolean perform(Step step) {
        switch (step) {
            case Step.Head head -> line.head();
            case Step.Send send -> line.send(send.payload());
            case Step.Raw raw -> line.raw(raw.bytes());
            case Step.Repeat repeat -> {
                return performRepeat(repeat);
            }
            case Step.Pause pause -> {
                next++;
                line.flush();
                pacer.after(context, pause.length(), this::advance);
                return false;
            }
            case Step.WaitFor waiting -> {
                next++;
                line.flush();
                waiting.gate().pass(this::later);
                return false;
            }
            case Step.EndBody end -> {
                next++;
                end();
                return false;
            }
            case Step.Reset reset -> cut(line::reset);
            case Step.Close close -> cut(line::close);
            case Step.Stall stall -> {
                line.flush();
                stopped = true;
            }
        }
        next++;
        return true;
    }

    private boolean performRepeat(Step.Repeat repeat) {
        if (repeated == repeat.count()) {
            repeated = 0;
            next++;
            return true;
        }
        line.send(repeat.payload().apply(repeated++));
        if (repeat.gap().isZero()) {
            return true;
        }
        line.flush();
        pacer.after(context, repeat.gap(), this::advance);
        return false;
    }

    private void end() {
        boolean last = next == steps.size();
        line.endBody().onComplete(done -> {
            if (done.failed()) {
                // The connection broke while the rest was waiting; its close says who did it.
                return;
            }
            seen.ended(How.COMPLETED, -1);
            if (last) {
                whenFinished.run();
            } else {
                advance();
            }
        });
    }

    private void cut(Runnable how) {
        line.flush();
        stopped = true;
        how.run();
    }
}
