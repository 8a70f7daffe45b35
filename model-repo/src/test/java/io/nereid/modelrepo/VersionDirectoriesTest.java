package io.nereid.modelrepo;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class VersionDirectoriesTest {
    private final List<String> warnings = new ArrayList<>();

    @TempDir
    private Path root;

    private List<Long> versions() {
        return List.copyOf(VersionDirectories.list(new ModelDirectory("m", root), warnings).keySet());
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "1, 1", "7, 7", "10, 10", "9223372036854775807, 9223372036854775807"})
    void list_number_isAVersion(String name, long version) throws IOException {
        Files.createDirectory(root.resolve(name));
        assertThat(versions()).containsExactly(version);
        assertThat(warnings).isEmpty();
        assertThat(VersionDirectories.list(new ModelDirectory("m", root), warnings).get(version))
                .isEqualTo(root.resolve(name));
    }

    @ParameterizedTest
    @CsvSource({"00, 0", "01, 1", "0010, 10"})
    void list_leadingZeros_areAWarningThatSaysTheNumber(String name, String number) throws IOException {
        Files.createDirectory(root.resolve(name));
        assertThat(versions()).isEmpty();
        assertThat(warnings).containsExactly("ignore version directory '" + name + "' which contains leading zeros in"
                + " its directory name; rename it to '" + number + "' if it is a version");
    }

    @ParameterizedTest
    @ValueSource(strings = {"v1", "-1", "+1", "1.0", "1 ", "a", "9223372036854775808", "\u0661", "1e3", "0x1"})
    void list_otherName_isAWarning(String name) throws IOException {
        Files.createDirectory(root.resolve(name));
        assertThat(versions()).isEmpty();
        assertThat(warnings).containsExactly("ignore version directory '" + name + "' which fails to convert to"
                + " integral number; name it by a number if it is a version");
    }

    @ParameterizedTest
    @ValueSource(strings = {"warmup", "initial_state", "configs"})
    void list_directoryForSomethingElse_isNeitherVersionNorWarning(String name) throws IOException {
        Files.createDirectory(root.resolve(name));
        assertThat(versions()).isEmpty();
        assertThat(warnings).isEmpty();
    }

    @Test
    void list_files_areNoVersions() throws IOException {
        Files.writeString(root.resolve("1"), "");
        Files.writeString(root.resolve("config.pbtxt"), "");
        assertThat(versions()).isEmpty();
        assertThat(warnings).isEmpty();
    }

    @Test
    void list_several_areByNumberAndWarningsByName() throws IOException {
        for (String name : List.of("10", "9", "b", "a", "2", "02")) {
            Files.createDirectory(root.resolve(name));
        }
        Files.createSymbolicLink(root.resolve("3"), root.resolve("2"));
        assertThat(versions()).containsExactly(2L, 3L, 9L, 10L);
        assertThat(warnings).extracting(text -> text.split("'", -1)[1]).containsExactly("02", "a", "b");
    }

    @Test
    void list_directoryThatIsNotThere_namesTheModel() {
        assertThatThrownBy(() -> VersionDirectories.list(new ModelDirectory("m", root.resolve("none")), warnings))
                .isInstanceOf(ModelRepositoryException.class)
                .hasMessageStartingWith("failed to list the versions of model 'm' in " + root.resolve("none"))
                .hasMessageEndingWith("; check that the directory can be read");
    }
}
