package io.nereid.backend.worker.posix;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

/**
 * What a worker that is a Java program does with its process before anything else. It links only what it calls: that is
 * a good part of the worker's start. Linux only.
 */
public final class WorkerProcessSetup {
    private static final int SIGINT = 2;
    private static final int SIGTERM = 15;
    private static final int STDOUT = 1;
    private static final int STDERR = 2;

    private static final MethodHandle SETPGID = CFunction.of("setpgid",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle DUP2 = CFunction.of("dup2", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle SETRLIMIT = CFunction.of("setrlimit",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS));
    private static final MethodHandle SIGNAL = CFunction.of("signal",
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG));
    private static final long SIG_IGN = 1;
    private static final int RLIMIT_DATA = 2;

    private WorkerProcessSetup() {}

    /** Makes the process lead a group of its own: what it starts can be ended with it. */
    public static void leadGroup() {
        check("setpgid", setProcessGroup());
    }

    /** Ignores what a terminal, or whoever watches the server, sends to all its processes: the server ends its workers. */
    public static void ignoreTermination() {
        ignore(SIGINT);
        ignore(SIGTERM);
    }

    /** From here on what is printed goes where errors go. */
    public static void writeOutputToErrors() {
        check("dup2", duplicate(STDERR, STDOUT));
    }

    /**
     * Limits the memory that is the process's alone: its heaps, stacks and private mappings, not files or what it shares.
     * An allocation that would take more fails.
     */
    public static void limitMemory(long bytes) {
        check("setrlimit", limitData(bytes));
    }

    private static void check(String function, int result) {
        if (result < 0) {
            throw new IllegalStateException(function + " failed: error " + -result);
        }
    }

    private static int setProcessGroup() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = CFunction.callState(arena);
            int result = (int) SETPGID.invokeExact(state, 0, 0);
            return result < 0 ? -CFunction.errno(state) : result;
        } catch (Throwable e) {
            throw CFunction.thrown("setpgid", e);
        }
    }

    private static int duplicate(int from, int to) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = CFunction.callState(arena);
            int result = (int) DUP2.invokeExact(state, from, to);
            return result < 0 ? -CFunction.errno(state) : result;
        } catch (Throwable e) {
            throw CFunction.thrown("dup2", e);
        }
    }

    private static int limitData(long bytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = CFunction.callState(arena);
            MemorySegment limit = arena.allocate(JAVA_LONG, 2);
            limit.setAtIndex(JAVA_LONG, 0, bytes);
            limit.setAtIndex(JAVA_LONG, 1, bytes);
            int result = (int) SETRLIMIT.invokeExact(state, RLIMIT_DATA, limit);
            return result < 0 ? -CFunction.errno(state) : result;
        } catch (Throwable e) {
            throw CFunction.thrown("setrlimit", e);
        }
    }

    private static void ignore(int signal) {
        try (Arena arena = Arena.ofConfined()) {
            long _ = (long) SIGNAL.invokeExact(CFunction.callState(arena), signal, SIG_IGN);
        } catch (Throwable e) {
            throw CFunction.thrown("signal", e);
        }
    }
}
