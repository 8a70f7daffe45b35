package io.nereid.backend.onnxruntime.binding;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

/** Where ONNX Runtime's log lines go: to SLF4J, at their own severity. Called on any native thread. */
final class OrtLog {
    private static final Logger LOG = LoggerFactory.getLogger("onnxruntime");

    private OrtLog() {}

    /** The C function that takes log lines. It stays for the life of the process, as ONNX Runtime's environment may. */
    static MemorySegment function() {
        MethodType type = MethodType.methodType(void.class, long.class, int.class, long.class, long.class, long.class,
                long.class);
        FunctionDescriptor signature = FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG,
                JAVA_LONG);
        try {
            return Linker.nativeLinker().upcallStub(MethodHandles.lookup().findStatic(OrtLog.class, "log", type),
                    signature, Arena.global());
        } catch (NoSuchMethodException | IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The least severe lines that anybody will see, as ONNX Runtime counts: 0 verbose, 1 info, 2 warning, 3 error. */
    static int threshold() {
        return LOG.isTraceEnabled() ? 0 : LOG.isDebugEnabled() ? 1 : LOG.isWarnEnabled() ? 2 : 3;
    }

    @SuppressWarnings({"unused", "CatchAndPrintStackTrace"}) // called by ONNX Runtime
    private static void log(long parameter, int severity, long category, long logId, long location, long message) {
        try {
            LOG.atLevel(level(severity)).log("{} [{}]", OrtApi.text(message).strip(), OrtApi.text(location));
        } catch (Throwable e) {
            // An exception that leaves an upcall ends the process: a line that cannot be logged is not worth that.
            e.printStackTrace();
        }
    }

    /** ONNX Runtime's "info" is what it does inside, of no interest beside the server's own lines. */
    static Level level(int severity) {
        return switch (severity) {
            case 0 -> Level.TRACE;
            case 1 -> Level.DEBUG;
            case 2 -> Level.WARN;
            default -> Level.ERROR;
        };
    }
}
