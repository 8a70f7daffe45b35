package io.nereid.backend.python.environment;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Makes virtual environments of requirements, by the interpreter's own {@code venv} and {@code pip}. Stateless. */
final class Requirements {
    private static final Logger LOG = LoggerFactory.getLogger(Requirements.class);
    private static final int REASON_LINES = 8;
    /** If the interpreter is one of a virtual environment, the new one sees its packages, and not the system's only. */
    private static final String SEE_OURS = """
            import glob, site, sys
            for folder in glob.glob(sys.argv[1] + "/lib/python*/site-packages"):
                with open(folder + "/nereid_runtime.pth", "w") as out:
                    out.write("\\n".join(site.getsitepackages()) + "\\n")
            """;

    private Requirements() {}

    /**
     * Installs a file of requirements into a folder that is there and empty. Blocks for as long as that takes; each line
     * of the tools goes to the log. What the interpreter has already is seen in there too.
     *
     * @throws InferenceException INTERNAL with the last lines of what failed
     */
    static void install(Path requirements, String interpreter, Path folder) throws InferenceException {
        LOG.info("making a Python environment of {}", requirements);
        String _ = run(List.of(interpreter, "-m", "venv", "--system-site-packages", folder.toString()), requirements);
        String _ = run(List.of(interpreter, "-c", SEE_OURS, folder.toString()), requirements);
        String _ = run(List.of(folder.resolve("bin/python3").toString(), "-m", "pip", "install", "--no-input",
                "--disable-pip-version-check", "--progress-bar", "off", "-r", requirements.toString()), requirements);
        LOG.info("the Python environment of {} is ready", requirements);
    }

    /** Which interpreter that is, by place and version: an environment is of use with no other. */
    static String describe(String interpreter, Path requirements) throws InferenceException {
        return run(List.of(interpreter, "-c", "import sys; print(sys.executable, *sys.version.split())"), requirements);
    }

    /** Returns the last lines. If the thread is interrupted, the command and all that it has started is ended. */
    private static String run(List<String> command, Path requirements) throws InferenceException {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            try {
                return finished(process, requirements);
            } finally {
                end(process);
            }
        } catch (IOException e) {
            throw failed(requirements, String.valueOf(e.getMessage()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failed(requirements, "the server stops", e);
        }
    }

    private static String finished(Process process, Path requirements)
            throws InferenceException, IOException, InterruptedException {
        process.getOutputStream().close();
        FutureTask<String> lines = new FutureTask<>(() -> lastLines(process, requirements));
        Thread.ofVirtual().name("requirements").start(lines); // no interrupt ends a read of a pipe
        try {
            String last = lines.get();
            int exit = process.waitFor();
            if (exit != 0) {
                throw failed(requirements, "exit code " + exit + ":\n" + last, null);
            }
            return last;
        } catch (ExecutionException e) {
            throw failed(requirements, String.valueOf(e.getCause()), e);
        }
    }

    private static String lastLines(Process process, Path requirements) throws IOException {
        ArrayDeque<String> last = new ArrayDeque<>();
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                LOG.info("{}: {}", requirements, line);
                last.addLast(line);
                if (last.size() > REASON_LINES) {
                    last.removeFirst();
                }
            }
        }
        return String.join("\n", last);
    }

    private static void end(Process process) {
        if (process.isAlive()) {
            List<ProcessHandle> started = process.descendants().toList(); // not known any more once it has ended
            process.destroyForcibly();
            started.forEach(ProcessHandle::destroyForcibly);
        }
    }

    private static InferenceException failed(Path requirements, String why, @Nullable Exception e) {
        return new InferenceException(ErrorCode.INTERNAL, "the requirements of " + requirements
                + " cannot be installed: " + why, e);
    }
}
