package io.nereid.backend.worker.process;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How a worker is started.
 *
 * @param called what texts for people call such a process, before its name
 * @param program the program, a path or a name that is looked for in PATH, and its first arguments
 * @param advice what to do where the program cannot be started, for people
 * @param variables environment variables that differ from the server's
 * @param dropped environment variables of the server that it does not get
 * @param memory what it maps, {@code <path>:<bytes>}
 */
public record WorkerCommand(String called, List<String> program, String advice, Map<String, String> variables,
        Set<String> dropped, String memory) {
    /** The collections are copied. */
    public WorkerCommand {
        program = List.copyOf(program);
        variables = Map.copyOf(variables);
        dropped = Set.copyOf(dropped);
    }

    List<String> line(String name, String calls, String replies) {
        List<String> line = new ArrayList<>(program);
        line.addAll(List.of("--name", name, "--memory", memory, "--calls", calls, "--replies", replies));
        return line;
    }

    void apply(Map<String, String> environment) {
        environment.keySet().removeAll(dropped);
        environment.putAll(variables);
    }
}
