package io.nereid.backend.python.worker;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How a worker is started.
 *
 * @param python the interpreter: a path, or a name that is looked for in PATH
 * @param program the folder of the worker's package
 * @param variables environment variables that differ from the server's
 * @param dropped environment variables of the server that it does not get
 * @param memory what it maps, {@code <path>:<bytes>}
 */
public record WorkerCommand(String python, Path program, Map<String, String> variables, Set<String> dropped,
        String memory) {
    /** The collections are copied. */
    public WorkerCommand {
        variables = Map.copyOf(variables);
        dropped = Set.copyOf(dropped);
    }

    List<String> line(String name, String calls, String replies) {
        return List.of(python, "-X", "utf8", program.toString(), "--name", name, "--memory", memory, "--calls", calls,
                "--replies", replies);
    }

    void apply(Map<String, String> environment) {
        environment.keySet().removeAll(dropped);
        environment.putAll(variables);
    }
}
