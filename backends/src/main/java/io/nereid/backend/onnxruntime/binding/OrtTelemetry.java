package io.nereid.backend.onnxruntime.binding;

import io.nereid.inference.InferenceException;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

/**
 * Keeps ONNX Runtime from reporting its use to Microsoft. The Linux builds do so since 1.29 unless an environment
 * variable says otherwise: they keep a database under the home folder, leave a file in {@code /tmp} for every process,
 * and match the command line against a regular expression that recurses for every character, so that a long class path
 * on it overflows the stack and ends the process.
 */
final class OrtTelemetry {
    /** The variable that ONNX Runtime looks at; what the user has set stays. */
    static final String DISABLE = "ORT_DISABLE_TELEMETRY";

    private OrtTelemetry() {}

    /** Must come before the first environment is created; later it has no effect. */
    static void disable() throws InferenceException {
        Linker linker = Linker.nativeLinker();
        Optional<MemorySegment> setenv = linker.defaultLookup().find("setenv");
        if (setenv.isEmpty()) {
            return; // Windows, where nothing is reported in this way
        }
        MethodHandle call = linker.downcallHandle(setenv.get(),
                FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT));
        try (Arena arena = Arena.ofConfined()) {
            int ignored = (int) call.invokeExact(arena.allocateFrom(DISABLE), arena.allocateFrom("1"), 0);
        } catch (Throwable e) {
            throw OrtApi.thrown(e);
        }
    }
}
