// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/**
 * The signals of the operating system. {@code sun.misc.Signal} is the JDK's only door to them and belongs to a supported
 * module (jdk.unsupported, JEP 260), but javac warns of it in a way that cannot be switched off for one place, so it is
 * reached by name.
 */
final class Signals {

    private Signals() {}

    /** Runs the task on SIGHUP, the traditional "read your configuration again". */
    static void onHangup(Runnable task) {
        on("HUP", task);
    }

    /** Runs the task on SIGTERM and SIGINT, instead of the JVM's own end, so that the process can drain and exit with 0. */
    static void onTerminate(Runnable task) {
        on("TERM", task);
        on("INT", task);
    }

    private static void on(String name, Runnable task) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object handling = Proxy.newProxyInstance(
                    handler.getClassLoader(), new Class<?>[] {handler}, (proxy, method, arguments) -> {
                        if (method.getName().equals("handle")) {
                            task.run();
                        }
                        return null;
                    });
            Object wanted = signal.getConstructor(String.class).newInstance(name);
            signal.getMethod("handle", signal, handler).invoke(null, wanted, handling);
        } catch (InvocationTargetException e) {
            // Windows has no SIGHUP, and -Xrs takes it away; the file watch and the admin call remain.
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this JDK has no jdk.unsupported module", e);
        }
    }
}
