package io.nereid.backend.python.environment;

import io.nereid.inference.Await;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/** The steps of an installation and what they fail with, by a script in place of Python. */
class RequirementsTest {
    /** Notes its arguments; makes the interpreter of the new environment; fails in the step that FAIL names. */
    private static final String SCRIPT = """
            #!/bin/sh
            step="$1 $2"
            [ "$1" = -c ] && step="-c $#"
            for argument; do printf '<%s>' "$(printf %s "$argument" | head -n 1)" >> "LOG"; done
            echo >> "LOG"
            if [ "$step" = "FAIL" ]; then LINES; exit 7; fi
            case "$step" in
              "-m venv") mkdir -p "$4/bin" && cp "$0" "$4/bin/python3" ;;
              "-c 2") echo "/usr/bin/python3 3.11.2"; echo "more" ;;
            esac
            """;

    @TempDir
    private Path folder;
    private Path requirements;
    private Path target;
    private Path log;

    @BeforeEach
    void makeFiles() throws IOException {
        requirements = Files.writeString(folder.resolve("requirements.txt"), "numpy\n");
        target = Files.createDirectory(folder.resolve("env"));
        log = folder.resolve("log");
    }

    private String interpreter(String fail, String lines) throws IOException {
        Path script = folder.resolve("python3");
        Files.writeString(script, SCRIPT.replace("LOG", log.toString()).replace("FAIL", fail)
                .replace("LINES", lines));
        assertThat(script.toFile().setExecutable(true)).isTrue();
        return script.toString();
    }

    @Test
    void install_whatNothingFailsOf_isVenvThenPathThenPipOfTheEnvironment() throws Exception {
        Requirements.install(requirements, interpreter("nothing", "true"), target);

        assertThat(Files.readAllLines(log)).containsExactly(
                "<-m><venv><--system-site-packages><" + target + ">",
                "<-c><import glob, site, sys><" + target + ">",
                "<-m><pip><install><--no-input><--disable-pip-version-check><--progress-bar><off><-r><"
                        + requirements + ">");
    }

    @ParameterizedTest
    @CsvSource({"-m venv, 1", "-c 3, 2", "-m pip, 3"})
    void install_aStepFails_saysWhatItPrintedAndGoesNoFurther(String step, int steps) throws Exception {
        String interpreter = interpreter(step, "echo out; echo err >&2");

        assertThatExceptionOfType(InferenceException.class)
                .isThrownBy(() -> Requirements.install(requirements, interpreter, target)).satisfies(error -> {
                    assertThat(error.code()).isEqualTo(ErrorCode.INTERNAL);
                    assertThat(error.text()).isEqualTo("the requirements of " + requirements
                            + " cannot be installed: exit code 7:\nout\nerr");
                });
        assertThat(Files.readAllLines(log)).hasSize(steps);
    }

    @Test
    void install_interrupted_endsPipAndWhatItHasStarted() throws Exception {
        Path pids = folder.resolve("pids");
        String interpreter = interpreter("-m pip",
                "sleep 1000 & echo $! > " + pids + ".part; echo $$ >> " + pids + ".part; mv " + pids + ".part " + pids
                        + "; wait");
        AtomicReference<InferenceException> error = new AtomicReference<>();
        Thread installing = Thread.ofPlatform().start(() -> error
                .set(catchThrowableOfType(InferenceException.class,
                        () -> Requirements.install(requirements, interpreter, target))));
        Await.until(() -> Files.exists(pids));
        List<ProcessHandle> processes = Files.readAllLines(pids).stream()
                .flatMap(pid -> ProcessHandle.of(Long.parseLong(pid)).stream()).toList();
        assertThat(processes).hasSize(2);

        installing.interrupt();
        installing.join();

        assertThat(error.get().text()).endsWith("the server stops");
        processes.forEach(process -> process.onExit().join());
    }

    @Test
    void install_muchPrinted_saysTheLastEightLines() throws Exception {
        String interpreter = interpreter("-m pip", "seq 1 50");
        List<String> last = IntStream.rangeClosed(43, 50).mapToObj(String::valueOf).toList();

        assertThatExceptionOfType(InferenceException.class)
                .isThrownBy(() -> Requirements.install(requirements, interpreter, target))
                .withMessageEndingWith("exit code 7:\n" + String.join("\n", last));
    }

    @Test
    void install_noInterpreter_saysWhich() {
        assertThatExceptionOfType(InferenceException.class)
                .isThrownBy(() -> Requirements.install(requirements, folder + "/no-python", target))
                .withMessageContaining("cannot be installed").withMessageContaining(folder + "/no-python");
    }

    @Test
    void install_venvThatMakesNoInterpreter_saysWhichIsMissing() throws Exception {
        String interpreter = interpreter("nothing", "true");
        Files.writeString(Path.of(interpreter), "#!/bin/sh\nexit 0\n");

        assertThatExceptionOfType(InferenceException.class)
                .isThrownBy(() -> Requirements.install(requirements, interpreter, target))
                .withMessageContaining(target + "/bin/python3");
    }

    @Test
    void describe_interpreter_isWhatItPrints() throws Exception {
        assertThat(Requirements.describe(interpreter("nothing", "true"), requirements))
                .isEqualTo("/usr/bin/python3 3.11.2\nmore");
        String failing = interpreter("-c 2", "echo no");
        assertThatExceptionOfType(InferenceException.class)
                .isThrownBy(() -> Requirements.describe(failing, requirements)).withMessageContaining("7:\nno");
    }

    @Test
    void install_ofPythonEnvironments_leavesNothingOfWhatFailed() throws Exception {
        String interpreter = interpreter("-m pip", "echo no such package");
        Path kept = folder.resolve("kept");
        try (EnvironmentCache cache = new EnvironmentCache(kept)) {
            assertThatExceptionOfType(InferenceException.class).isThrownBy(() -> cache.place("key",
                    target -> Requirements.install(requirements, interpreter, target)));
        }
        assertThat(kept.resolve("key")).doesNotExist();
    }
}
