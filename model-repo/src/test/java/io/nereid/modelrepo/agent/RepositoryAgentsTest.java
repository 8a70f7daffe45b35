package io.nereid.modelrepo.agent;

import io.nereid.modelrepo.ModelDirectory;
import io.nereid.modelrepo.ModelRepositoryException;
import io.nereid.modelrepo.config.ModelConfigParser;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class RepositoryAgentsTest {
    /** Of "abc", as RFC 1321 has it. */
    private static final String MD5_OF_ABC = "900150983cd24fb0d6963f7d28e17f72";

    @TempDir
    private Path repository;
    private Path model = Path.of("m");

    @BeforeEach
    void writeModel() throws IOException {
        model = Files.createDirectories(repository.resolve("m"));
        Files.writeString(Files.createDirectory(model.resolve("1")).resolve("weights"), "abc");
        Files.writeString(repository.resolve("outside"), "abc");
    }

    private void load(String agents) {
        new RepositoryAgents().beforeLoad(new ModelDirectory("m", model),
                ModelConfigParser.parse("m", "config.pbtxt",
                        "backend: 'identity' input { name: 'IN' data_type: TYPE_FP32"
                                + " dims: 1 } output { name: 'OUT' data_type: TYPE_FP32 dims: 1 } " + agents,
                        _ -> false));
    }

    private void check(String key, String value) {
        load("model_repository_agents { agents { name: 'checksum' parameters { key: '" + key + "' value: '" + value
                + "' } } }");
    }

    @ParameterizedTest
    @ValueSource(strings = {"MD5:1/weights", "md5:1/weights", "MD5:./1/../1/weights"})
    void beforeLoad_fileAsItShouldBe_isFine(String key) {
        assertThatCode(() -> check(key, MD5_OF_ABC)).doesNotThrowAnyException();
    }

    @Test
    void beforeLoad_noAgents_isFine() {
        assertThatCode(() -> load("")).doesNotThrowAnyException();
    }

    @Test
    void beforeLoad_linkToAFileElsewhere_isFollowed() throws IOException {
        Files.createSymbolicLink(model.resolve("link"), repository.resolve("outside"));
        assertThatCode(() -> check("MD5:link", MD5_OF_ABC)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource({"MD5:1/weights, no, 'Mismatched MD5 hash for file 1/weights, expect: no, got: " + MD5_OF_ABC + "'",
            "weights, x, 'failed to parse key: weights (expected MD5:<file'",
            "SHA1:1/weights, x, 'Unsupported checksum algorithm: SHA1 (expected MD5)'",
            "MD5:1/none, x, failed to open text file for read 1/none", "MD5:1, x, failed to open text file for read 1",
            "MD5:../outside, x, failed to open text file for read ../outside",
            "MD5:/etc/passwd, x, failed to open text file for read /etc/passwd"})
    void beforeLoad_fileThatIsNot_isRefusedInTritonsWords(String key, String value, String said) {
        assertThatThrownBy(() -> check(key, value)).isInstanceOf(ModelRepositoryException.class)
                .hasMessageStartingWith(said);
    }

    @Test
    void beforeLoad_everyParameterAndAgent_counts() {
        assertThatThrownBy(() -> load("model_repository_agents { agents { name: 'checksum' parameters { key:"
                + " 'MD5:1/weights' value: '" + MD5_OF_ABC + "' } } agents { name: 'decrypt' } }"))
                .hasMessage(
                        "unable to find the repository agent 'decrypt', which model_repository_agents asks for: this"
                                + " server has checksum and loads none from libraries; leave it out if nothing has to be"
                                + " decrypted or fetched by it");
    }
}
