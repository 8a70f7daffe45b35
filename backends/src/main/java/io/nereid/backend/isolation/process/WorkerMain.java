package io.nereid.backend.isolation.process;

import io.nereid.backend.worker.message.FrameInput;
import io.nereid.backend.worker.posix.WorkerProcessSetup;

import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.HashMap;
import java.util.Map;

/**
 * The program of a worker process. Its arguments are those of every worker (docs/python-worker.md) and
 * {@code --memory-limit}, in bytes.
 */
public final class WorkerMain {
    private static final int SERVER_GONE = 1;

    private WorkerMain() {}

    /**
     * Runs until the server closes its questions, or is gone.
     *
     * @throws IOException if a channel or the shared memory cannot be opened, or the server is gone
     */
    public static void main(String[] args) throws IOException {
        Map<String, String> arguments = arguments(args);
        WorkerProcessSetup.leadGroup();
        WorkerProcessSetup.ignoreTermination();
        try (FileInputStream questions = new FileInputStream("/proc/self/fd/0");
                OutputStream answers = new FileOutputStream("/proc/self/fd/1")) {
            WorkerProcessSetup.writeOutputToErrors();
            long limit = memoryLimit(arguments);
            if (limit > 0) {
                WorkerProcessSetup.limitMemory(limit);
            }
            answer(arguments, questions, answers, () -> Runtime.getRuntime().halt(SERVER_GONE));
        }
        System.exit(0); // whatever threads the model's libraries have left
    }

    /**
     * Does the worker's work, whatever process it is in, until there are no more questions.
     *
     * @param gone runs when the server is gone, on any thread
     */
    static void answer(Map<String, String> arguments, InputStream questions, OutputStream answers, Runnable gone)
            throws IOException {
        SharedMapping memory = SharedMapping.of(value(arguments, "--memory"));
        try (OutputStream calls = new FileOutputStream(value(arguments, "--calls"))) {
            ServerCalls server = new ServerCalls(calls);
            Worker worker = new Worker(memory, server, answers, memoryLimit(arguments));
            server.listen(new FileInputStream(value(arguments, "--replies")), worker::terminate, gone);
            worker.answer(FrameInput.ofServer(questions));
        }
    }

    private static long memoryLimit(Map<String, String> arguments) {
        return Long.parseLong(value(arguments, "--memory-limit"));
    }

    static Map<String, String> arguments(String[] args) {
        Map<String, String> arguments = new HashMap<>();
        for (int i = 0; i + 1 < args.length; i += 2) {
            arguments.put(args[i], args[i + 1]);
        }
        return arguments;
    }

    private static String value(Map<String, String> arguments, String name) {
        String value = arguments.get(name);
        if (value == null) {
            throw new IllegalArgumentException("the argument " + name + " is missing: the server starts this program");
        }
        return value;
    }
}
