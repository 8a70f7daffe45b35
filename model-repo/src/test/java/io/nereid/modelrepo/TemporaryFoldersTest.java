package io.nereid.modelrepo;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

@EnabledOnOs(OS.LINUX)
class TemporaryFoldersTest {
    /** One more than Linux ever counts to. */
    private static final String NEVER_A_PROCESS = String.valueOf(1 << 22);

    @TempDir
    private Path parent;
    /** What a folder of this process is called up to its number. */
    private String mine;

    @BeforeEach
    void makeOne() throws IOException {
        String name = TemporaryFolders.create(parent, "model").getFileName().toString();
        mine = name.substring(0, name.indexOf('.') + 1);
    }

    private Path folder(String name) throws IOException {
        Path folder = Files.createDirectory(parent.resolve(name));
        Files.writeString(Files.createDirectory(folder.resolve("1")).resolve("model.onnx"), "weights");
        return folder;
    }

    @Test
    void create_isAFolderThatOnlyTheUserReads() throws Exception {
        Path first = TemporaryFolders.create(parent, "python-env");
        assertThat(first).isNotEqualTo(TemporaryFolders.create(parent, "python-env")).hasParent(parent);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(first))).isEqualTo("rwx------");
    }

    @Test
    void removeLeftovers_ofProcessesThatRun_stayAndOthersGo() throws Exception {
        Path running = folder(mine + ProcessHandle.current().pid() + "-other");
        Path model = folder(mine + NEVER_A_PROCESS + "-1");
        Path environment = folder(mine.replace("-model-", "-python-env-") + NEVER_A_PROCESS + "-2");
        TemporaryFolders.removeLeftovers(parent);
        assertThat(running.resolve("1/model.onnx")).exists();
        assertThat(model).doesNotExist();
        assertThat(environment).doesNotExist();
    }

    @Test
    void removeLeftovers_ofAnotherContainer_stay() throws Exception {
        Path other = folder("nereid-model-7." + NEVER_A_PROCESS + "-1");
        TemporaryFolders.removeLeftovers(parent);
        assertThat(other).exists();
    }

    @ParameterizedTest
    @ValueSource(strings = {"no number-1", "-5-1", "99999999999999999999999-1", "4194304", ""})
    void removeLeftovers_whatNoProcessOfOursMade_stays(String rest) throws Exception {
        Path there = folder(mine + rest);
        TemporaryFolders.removeLeftovers(parent);
        assertThat(there).exists();
    }

    @Test
    void removeLeftovers_links_areNotFollowed() throws Exception {
        Path target = folder("of others");
        Path link = Files.createSymbolicLink(parent.resolve(mine + NEVER_A_PROCESS + "-1"), target);
        Path inside = Files.createSymbolicLink(folder(mine + NEVER_A_PROCESS + "-2").resolve("link"), target);
        TemporaryFolders.removeLeftovers(parent);
        assertThat(link).isSymbolicLink();
        assertThat(inside).doesNotExist();
        assertThat(target.resolve("1/model.onnx")).exists();
    }

    @Test
    void removeLeftovers_noSuchFolder_isNothing() {
        assertThatCode(() -> TemporaryFolders.removeLeftovers(parent.resolve("missing"))).doesNotThrowAnyException();
    }
}
