package io.nereid.server.signals;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

import org.jspecify.annotations.NullMarked;
import sun.misc.Signal;
import sun.misc.SignalHandler;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

/**
 * What the system does with a signal of this process. A shell starts what is to run in the background ({@code server &}
 * in a script) with SIGINT ignored, and the JVM leaves a signal alone that was ignored when it started.
 */
@NullMarked
final class SignalDisposition {
    private SignalDisposition() {}

    /** Lets a signal that was ignored when the process started end the process, as it would any other. */
    static void heed(Signal signal) {
        SignalHandler before = Signal.handle(signal, SignalHandler.SIG_DFL);
        if (before == SignalHandler.SIG_IGN) {
            setToDefault(signal.getNumber());
        } else {
            Signal.handle(signal, before);
        }
    }

    private static void setToDefault(int number) {
        Linker linker = Linker.nativeLinker();
        MethodHandle signal = linker.downcallHandle(linker.defaultLookup().findOrThrow("signal"),
                FunctionDescriptor.of(ADDRESS, JAVA_INT, ADDRESS));
        try {
            MemorySegment _ = (MemorySegment) signal.invokeExact(number, MemorySegment.NULL);
        } catch (Throwable e) { // the method handle's, which a call into C does not throw
            throw new IllegalStateException("signal(" + number + ") failed", e);
        }
    }
}
