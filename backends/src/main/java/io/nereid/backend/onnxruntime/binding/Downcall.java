package io.nereid.backend.onnxruntime.binding;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.invoke.MethodHandle;

import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

/**
 * How to call a C function of a given signature, one handle per signature: the function's address is the first
 * argument, so the handles are constants to the compiler although the library is found at run time.
 *
 * <p>A handle's name spells the C arguments: {@code P} a pointer or size_t, {@code I} an int. Those that return
 * something return a pointer. Linking one costs about a millisecond; those for rare calls wait in {@link Rare}.
 */
final class Downcall {
    static final MethodHandle P = returningPointer(JAVA_LONG);
    static final MethodHandle PP = returningPointer(JAVA_LONG, JAVA_LONG);
    static final MethodHandle PPP = returningPointer(JAVA_LONG, JAVA_LONG, JAVA_LONG);
    static final MethodHandle PPPP = returningPointer(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    static final MethodHandle PI = returningPointer(JAVA_LONG, JAVA_INT);
    static final MethodHandle RUN = returningPointer(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
            JAVA_LONG, JAVA_LONG);
    static final MethodHandle PPPPPIP = returningPointer(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
            JAVA_INT, JAVA_LONG);
    static final MethodHandle RELEASE = handle(FunctionDescriptor.ofVoid(JAVA_LONG));

    private Downcall() {}

    /** Signatures that most processes never call, or call once. */
    static final class Rare {
        static final MethodHandle PPPPP = returningPointer(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
        static final MethodHandle BOOLEAN = handle(FunctionDescriptor.of(JAVA_BOOLEAN, JAVA_LONG));
        static final MethodHandle PPPIP = returningPointer(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_LONG);

        private Rare() {}
    }

    /** A function that returns a pointer, seen as a long. */
    static MethodHandle returningPointer(MemoryLayout... arguments) {
        return handle(FunctionDescriptor.of(JAVA_LONG, arguments));
    }

    static MethodHandle handle(FunctionDescriptor signature) {
        return Linker.nativeLinker().downcallHandle(signature);
    }
}
