package io.nereid.backend.onnxruntime.binding;

import io.nereid.backend.onnxruntime.OnnxModel;
import io.nereid.inference.DataType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

class OrtTelemetryTest {
    private static final int LONG_COMMAND_LINE = 50_000;

    /** A process of its own: telemetry starts once in a process, and reads that process's command line. */
    static final class OpensSession {
        private OpensSession() {}

        public static void main(String[] arguments) throws Exception {
            try (OnnxRuntime runtime = OnnxRuntime.open();
                    OrtSessionOptions options = runtime.sessionOptions();
                    OrtSession session = runtime.session(Path.of(arguments[0]), options)) {
                System.out.println(session.inputs().getFirst().name());
            }
        }
    }

    @Test
    void session_longCommandLine_opensAndLeavesNoTrace(@TempDir Path home) throws Exception {
        Path model = Files.write(home.resolve("model.onnx"), new OnnxModel().input("x", DataType.FP32, "n")
                .output("y", DataType.FP32, "n").node("Identity", "x", "y").bytes());
        File output = home.resolve("output").toFile();
        ProcessBuilder java = new ProcessBuilder(System.getProperty("java.home") + "/bin/java",
                "--enable-native-access=ALL-UNNAMED", OpensSession.class.getName(), model.toString(),
                "x".repeat(LONG_COMMAND_LINE));
        java.environment().put("CLASSPATH", System.getProperty("java.class.path"));
        java.environment().put("HOME", home.toString());
        java.environment().remove(OrtTelemetry.DISABLE);

        Process process = java.redirectErrorStream(true).redirectOutput(output).start();

        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(output).hasContent("x");
        assertThat(process.exitValue()).isZero();
        assertThat(home.resolve(".cache")).doesNotExist();
    }
}
