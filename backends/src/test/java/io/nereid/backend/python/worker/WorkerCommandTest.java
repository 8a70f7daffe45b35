package io.nereid.backend.python.worker;

import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;

class WorkerCommandTest {
    private final WorkerCommand command = new WorkerCommand("/env/bin/python3", Path.of("/nereid/python/nereid_worker"),
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
