package io.nereid.backend.device;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/** Libraries that look like a GPU driver's, made by the machine's C compiler; a test without one is not run. */
public final class StandInLibrary {
    private StandInLibrary() {}

    /**
     * The path of a library of that source.
     *
     * @param options of the compiler, behind the file
     */
    public static String compiled(Path folder, String name, String source, String... options)
            throws IOException, InterruptedException {
        Path library = folder.resolve("lib" + name + ".so");
        Path file = Files.writeString(folder.resolve(name + ".c"), source);
        List<String> arguments = new ArrayList<>(
                List.of("-shared", "-fPIC", "-o", library.toString(), file.toString()));
        arguments.addAll(List.of(options));
        Optional<Process> compiler = compiler(arguments);
        assumeThat(compiler).as("a C compiler").isPresent();
        assertThat(compiler.orElseThrow().waitFor()).isZero();
        return library.toString();
    }

    private static Optional<Process> compiler(List<String> arguments) {
        ProcessBuilder builder = new ProcessBuilder("cc").inheritIO();
        builder.command().addAll(arguments);
        try {
            return Optional.of(builder.start());
        } catch (IOException e) {
            return Optional.empty(); // no compiler on this machine
        }
    }
}
