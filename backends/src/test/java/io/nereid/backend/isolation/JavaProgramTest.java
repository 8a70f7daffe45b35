package io.nereid.backend.isolation;

import io.nereid.inference.InferenceException;
import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class JavaProgramTest {
    @Test
    void line_beginsWithThisJava_andEndsWithTheProgram() {
        List<String> line = JavaProgram.line(Path.of("/lib/onnx"), 1024);
        assertThat(Path.of(line.getFirst())).isExecutable();
        assertThat(line).contains("-Donnxruntime.native.path=/lib/onnx").endsWith(
                "io.nereid.backend.isolation.process.WorkerMain", "--memory-limit", "1024");
    }

    @Test
    void line_whereTheServerHasACache_namesIt() {
        assertThat(JavaProgram.line(Path.of("/lib/onnx"), 0, "/lib/the cache")).contains("-XX:AOTCache=/lib/the cache");
        assertThat(JavaProgram.line(Path.of("/lib/onnx"), 0, "")).noneMatch(option -> option.contains("AOTCache"));
    }

    @Test
    void variables_haveTheClassPathOfThisProcess() throws InferenceException {
        assertThat(JavaProgram.variables(System.getProperty("java.class.path")))
                .containsEntry("CLASSPATH", System.getProperty("java.class.path"));
    }

    @Test
    void variables_whereTheClassesAreNotOnTheClassPath_saysHowToNameThem() {
        assertThatThrownBy(() -> JavaProgram.variables("/app/application.jar"))
                .hasMessageContaining("/app/application.jar")
                .hasMessageContaining("-Dnereid.worker.classpath=<jars, separated by colons>");
        assertThatThrownBy(() -> JavaProgram.variables("")).hasMessageContaining("it has none");
    }
}
