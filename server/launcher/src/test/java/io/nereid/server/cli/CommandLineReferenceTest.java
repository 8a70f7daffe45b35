package io.nereid.server.cli;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

/** The help that is shown, and the flags that are known, while nothing is built yet. */
class CommandLineReferenceTest {
    private static final Path REFERENCE = Path.of("../../docs/command-line");

    @Test
    void nereid_isTheHelpOfTheServer() throws IOException {
        assertThat(Files.readString(REFERENCE.resolve("nereid.txt")))
                .as("renew it: ./nereid --help >docs/command-line/nereid.txt, when built")
                .isEqualTo(new HelpText("nereid", false).toString());
    }

    @Test
    void validate_isTheHelpOfTheCommand() throws IOException {
        ByteArrayOutputStream help = new ByteArrayOutputStream();
        new ValidateCommand("nereid", new PrintStream(help, true, UTF_8), new PrintStream(help, true, UTF_8), false,
                System::nanoTime)
                .run(List.of("--help"));

        assertThat(Files.readString(REFERENCE.resolve("validate.txt")))
                .as("renew it: ./nereid validate --help >docs/command-line/validate.txt, when built")
                .isEqualTo(help.toString(UTF_8));
    }
}
