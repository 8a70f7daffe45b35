package io.nereid.backend.worker.process;

import org.junit.jupiter.api.Test;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;

class WorkerCommandTest {
    private final WorkerCommand command = new WorkerCommand("Worker process",
            List.of("/env/bin/python3", "-X", "utf8", "/nereid/python/nereid_worker"), "install it",
            Map.of("PATH", "/env/bin"), Set.of("PYTHONHOME", "PATH"), "/proc/1/fd/5:1024");

    @Test
    void line_isThatOfTheContract() {
        assertThat(command.line("m/m_0", "/proc/1/fd/6", "/proc/1/fd/7")).containsExactly("/env/bin/python3", "-X",
                "utf8", "/nereid/python/nereid_worker", "--name", "m/m_0", "--memory", "/proc/1/fd/5:1024", "--calls",
                "/proc/1/fd/6", "--replies", "/proc/1/fd/7");
    }

    @Test
    void apply_dropsFirstAndThenSets() {
        Map<String, String> environment = new HashMap<>(
                Map.of("PATH", "/bin", "PYTHONHOME", "/usr", "HOME", "/home/me"));
        command.apply(environment);
        assertThat(environment).isEqualTo(Map.of("PATH", "/env/bin", "HOME", "/home/me"));
    }
}
