package io.nereid.backend.onnxruntime.binding;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

/**
 * ONNX Runtime's function table, and calls through it that check the status that comes back.
 *
 * <p>Thread-safe: so is every function, as far as the objects that are handed to it are.
 */
final class OrtApi {
    private final MemorySegment[] functions;
    private final String version;

    private OrtApi(MemorySegment[] functions, String version) {
        this.functions = functions;
        this.version = version;
    }

    /** The table of a library that is loaded. */
    static OrtApi of(SymbolLookup library) throws InferenceException {
        MemorySegment entry = library.find("OrtGetApiBase").orElseThrow(() -> new InferenceException(
                ErrorCode.UNAVAILABLE, "the ONNX Runtime library has no function OrtGetApiBase"));
        MemorySegment base = MemorySegment.ofAddress(pointerOf(entry)).reinterpret(2 * ADDRESS.byteSize());
        String version = text(pointerOf(base.getAtIndex(ADDRESS, 1)));
        long table = tableOf(base.get(ADDRESS, 0));
        if (table == 0) {
            throw new InferenceException(ErrorCode.UNAVAILABLE,
                    "ONNX Runtime " + version + " is too old (expected 1." + OrtFunction.API_VERSION + " or newer)");
        }
        int length = minor(version) < OrtFunction.HAS_SHAPE_RELEASE ? OrtFunction.TABLE_LENGTH
                : OrtFunction.TENSOR_TYPE_AND_SHAPE_HAS_SHAPE + 1;
        MemorySegment entries = MemorySegment.ofAddress(table).reinterpret(length * ADDRESS.byteSize());
        MemorySegment[] functions = new MemorySegment[length];
        for (int i = 0; i < functions.length; i++) {
            functions[i] = entries.getAtIndex(ADDRESS, i);
        }
        return new OrtApi(functions, version);
    }

    /** The second number of a release, 29 of {@code 1.29.0}. */
    private static int minor(String version) {
        String[] numbers = version.split("\\.", -1);
        try {
            return numbers.length < 2 ? 0 : Integer.parseInt(numbers[1]);
        } catch (NumberFormatException _) {
            return 0;
        }
    }

    /** The library's release, {@code 1.29.0}. */
    String version() {
        return version;
    }

    void call(int function, long a) throws InferenceException {
        try {
            check((long) Downcall.P.invokeExact(functions[function], a));
        } catch (Throwable e) {
            throw thrown(e);
        }
    }

    void call(int function, long a, long b) throws InferenceException {
        try {
            check((long) Downcall.PP.invokeExact(functions[function], a, b));
        } catch (Throwable e) {
            throw thrown(e);
        }
    }

    void call(int function, long a, long b, long c) throws InferenceException {
        try {
            check((long) Downcall.PPP.invokeExact(functions[function], a, b, c));
        } catch (Throwable e) {
            throw thrown(e);
        }
    }

    void call(int function, long a, long b, long c, long d) throws InferenceException {
        try {
            check((long) Downcall.PPPP.invokeExact(functions[function], a, b, c, d));
        } catch (Throwable e) {
            throw thrown(e);
        }
    }

    void call(int function, long a, long b, long c, long d, long e) throws InferenceException {
        try {
            check((long) Downcall.Rare.PPPPP.invokeExact(functions[function], a, b, c, d, e));
        } catch (Throwable thrown) {
            throw thrown(thrown);
        }
    }

    void callWithInt(int function, long a, int b) throws InferenceException {
        try {
            check((long) Downcall.PI.invokeExact(functions[function], a, b));
        } catch (Throwable e) {
            throw thrown(e);
        }
    }

    /** Runs a session; the arguments are those of the C function. */
    void run(long session, long options, long inputNames, long inputs, long inputCount, long outputNames,
            long outputCount, long outputs) throws InferenceException {
        try {
            check((long) Downcall.RUN.invokeExact(functions[OrtFunction.RUN], session, options, inputNames, inputs,
                    inputCount, outputNames, outputCount, outputs));
        } catch (Throwable e) {
            throw thrown(e);
        }
    }

    /** Makes a value over memory that the caller keeps; the arguments are those of the C function. */
    void createTensorWithData(long memoryInfo, long data, long byteSize, long shape, long rank, int elementType,
            long out) throws InferenceException {
        try {
            check((long) Downcall.PPPPPIP.invokeExact(
                    functions[OrtFunction.CREATE_TENSOR_WITH_DATA_AS_ORT_VALUE], memoryInfo, data, byteSize, shape,
                    rank, elementType, out));
        } catch (Throwable e) {
            throw thrown(e);
        }
    }

    /** Makes a value whose memory is ONNX Runtime's; the arguments are those of the C function. */
    void createTensor(long allocator, long shape, long rank, int elementType, long out) throws InferenceException {
        try {
            check((long) Downcall.Rare.PPPIP.invokeExact(functions[OrtFunction.CREATE_TENSOR_AS_ORT_VALUE], allocator,
                    shape, rank, elementType, out));
        } catch (Throwable e) {
            throw thrown(e);
        }
    }

    /**
     * Whether the tensor type at {@code info} says how many dimensions there are. Releases that cannot distinguish that
     * from a scalar say yes.
     */
    boolean hasShape(long info) {
        if (functions.length <= OrtFunction.TENSOR_TYPE_AND_SHAPE_HAS_SHAPE) {
            return true;
        }
        try {
            return (boolean) Downcall.Rare.BOOLEAN.invokeExact(
                    functions[OrtFunction.TENSOR_TYPE_AND_SHAPE_HAS_SHAPE], info);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** The text at a key of key-value pairs; 0 where there is none. */
    long keyValue(long pairs, long key) {
        try {
            return (long) Downcall.PP.invokeExact(functions[OrtFunction.GET_KEY_VALUE], pairs, key);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Whether allocators can say how much memory they have: since 1.24 for certain. */
    boolean hasAllocatorStatistics() {
        return functions.length > OrtFunction.ALLOCATOR_GET_STATS;
    }

    /** Whether sessions can say where their inputs and outputs are: since 1.24 for certain. */
    boolean hasSessionMemory() {
        return functions.length > OrtFunction.SESSION_GET_MEMORY_INFO_FOR_OUTPUTS;
    }

    /** The address of a function, for the calls that have a signature of their own. */
    MemorySegment function(int function) {
        return functions[function];
    }

    /** Gives a native object back; {@code function} is the one for its kind. Null is allowed. */
    void release(int function, long object) {
        try {
            Downcall.RELEASE.invokeExact(functions[function], object);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Turns a status that is not OK into an exception, and gives the status back. */
    void check(long status) throws InferenceException {
        if (status != 0) {
            throw error(status);
        }
    }

    private InferenceException error(long status) {
        try {
            int code = (int) ErrorCall.CODE.invokeExact(functions[OrtFunction.GET_ERROR_CODE], status);
            long message = (long) Downcall.P.invokeExact(functions[OrtFunction.GET_ERROR_MESSAGE], status);
            return new InferenceException(ErrorCode.INTERNAL,
                    "onnx runtime error " + code + ": " + text(message).strip());
        } catch (Throwable e) {
            throw unexpected(e);
        } finally {
            release(OrtFunction.RELEASE_STATUS, status);
        }
    }

    /** The zero-terminated UTF-8 text at {@code address}. */
    static String text(long address) {
        return address == 0 ? "" : MemorySegment.ofAddress(address).reinterpret(Long.MAX_VALUE).getString(0);
    }

    /** What a native call threw: the error of {@link #check}, or something that no contract allows. */
    static InferenceException thrown(Throwable e) {
        if (e instanceof InferenceException error) {
            return error;
        }
        throw unexpected(e);
    }

    private static IllegalStateException unexpected(Throwable e) {
        if (e instanceof Error error) {
            throw error;
        }
        return new IllegalStateException("a native call threw", e);
    }

    private static long pointerOf(MemorySegment function) {
        try {
            return (long) Downcall.returningPointer().invokeExact(function);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    private static long tableOf(MemorySegment getApi) {
        try {
            return (long) Downcall.returningPointer(JAVA_INT).invokeExact(getApi, OrtFunction.API_VERSION);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Linked when something fails for the first time. */
    private static final class ErrorCall {
        static final MethodHandle CODE = Downcall.handle(FunctionDescriptor.of(JAVA_INT, JAVA_LONG));

        private ErrorCall() {}
    }
}
