package io.nereid.backend.python.environment;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/**
 * How workers of a model are started.
 *
 * @param interpreter a path, or a name that is looked for in PATH
 * @param variables environment variables that differ from the server's
 * @param dropped environment variables of the server that a worker does not get
 */
public record PythonEnvironment(String interpreter, Map<String, String> variables, Set<String> dropped) {
    /** The collections are copied. */
    public PythonEnvironment {
        variables = Map.copyOf(variables);
        dropped = Set.copyOf(dropped);
    }

    /** That interpreter, in the server's own environment. */
    static PythonEnvironment of(String interpreter) {
        return new PythonEnvironment(interpreter, Map.of(), Set.of());
    }

    /**
     * A virtual environment, or what looks like one.
     *
     * @param process the server's environment variables
     * @throws InferenceException INTERNAL if there is none in that folder
     */
    static PythonEnvironment in(Path folder, Map<String, String> process) throws InferenceException {
        Path activate = folder.resolve("bin/activate");
        if (!Files.exists(activate)) {
            throw new InferenceException(ErrorCode.INTERNAL, "Path " + activate + " does not exist. The Python"
                    + " environment should contain an 'activate' script.");
        }
        return new PythonEnvironment(interpreter(folder).toString(),
                Map.of("VIRTUAL_ENV", folder.toString(), "VIRTUAL_ENV_PROMPT", "(" + folder.getFileName() + ") ",
                        "PATH", before(folder.resolve("bin"), process.getOrDefault("PATH", "")), "LD_LIBRARY_PATH",
                        before(folder.resolve("lib"), process.getOrDefault("LD_LIBRARY_PATH", ""))),
                Set.of("PYTHONHOME"));
    }

    private static Path interpreter(Path folder) throws InferenceException {
        for (String name : new String[]{"bin/python3", "bin/python"}) {
            Path candidate = folder.resolve(name);
            if (Files.isExecutable(candidate)) {
                return candidate;
            }
        }
        throw new InferenceException(ErrorCode.INTERNAL, "Path " + folder.resolve("bin/python3") + " does not exist, or"
                + " cannot be executed. The Python environment should contain its interpreter, for this machine.");
    }

    private static String before(Path first, String others) {
        return others.isEmpty() ? first.toString() : first + File.pathSeparator + others;
    }
}
