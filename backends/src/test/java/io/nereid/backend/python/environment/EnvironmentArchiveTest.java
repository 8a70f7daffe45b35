package io.nereid.backend.python.environment;

import io.nereid.inference.InferenceException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class EnvironmentArchiveTest {
    @TempDir
    private Path folder;
    private Path target;
    private final TarArchive tar = new TarArchive();

    @BeforeEach
    void createTarget() throws IOException {
        target = Files.createDirectory(folder.resolve("target"));
    }

    private void add(String name, char type, String link, int mode, String content) {
        tar.add(name, type, link, mode, content);
    }

    private void unpack() throws IOException, InferenceException {
        Path archive = folder.resolve("env.tar.gz");
        tar.write(archive);
        EnvironmentArchive.unpack(archive, target);
    }

    @Test
    void unpack_everyKind_isThere() throws Exception {
        add("./", '5', "", 0755, "");
        add("bin/", '5', "", 0755, "");
        add("bin/python3.11", '0', "", 0755, "#!");
        add("bin/python3", '2', "python3.11", 0777, "");
        add("lib/deep/file", '0', "", 0644, "text");
        add("lib/same", '1', "lib/deep/file", 0644, "");

        unpack();

        assertThat(target.resolve("bin/python3")).isSymbolicLink().isExecutable().hasContent("#!");
        assertThat(target.resolve("lib/deep/file")).hasContent("text");
        assertThat(Files.isExecutable(target.resolve("lib/deep/file"))).isFalse();
        assertThat(target.resolve("lib/same")).hasContent("text");
    }

    @Test
    void unpack_longNames_areWhole() throws Exception {
        String gnu = "a".repeat(150) + "/" + "b".repeat(150);
        String pax = "c".repeat(150) + "/" + "d".repeat(150);
        add("././@LongLink", 'L', "", 0, gnu + "\0");
        add("short", '0', "", 0644, "gnu");
        tar.pax("path=" + pax);
        add("short", '0', "", 0644, "pax");
        add("plain", '0', "", 0644, "plain");

        unpack();

        assertThat(target.resolve(gnu)).hasContent("gnu");
        assertThat(target.resolve(pax)).hasContent("pax");
        assertThat(target.resolve("plain")).hasContent("plain");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ../out     | Path contains '..'
            a/../../b  | Path contains '..'
            a/..       | Path contains '..'
            /etc/x     | Path is absolute
            """)
    void unpack_nameThatLeadsOut_isRefused(String name, String why) {
        add(name, '0', "", 0644, "x");

        assertThatThrownBy(this::unpack).isInstanceOf(InferenceException.class).hasMessageContaining(why);
    }

    @Test
    void unpack_throughALinkThatLeadsOut_isRefused() throws Exception {
        Path outside = Files.createDirectory(folder.resolve("outside"));
        add("lib", '2', outside.toString(), 0777, "");
        add("lib/file", '0', "", 0644, "x");

        assertThatThrownBy(this::unpack).isInstanceOf(InferenceException.class)
                .hasMessageContaining("leads out of the folder");
        assertThat(outside).isEmptyDirectory();
    }

    @Test
    void unpack_deeperThroughALinkThatLeadsOut_isRefused() throws Exception {
        Path outside = Files.createDirectory(folder.resolve("outside"));
        add("lib", '2', outside.toString(), 0777, "");
        add("lib/a/b/file", '0', "", 0644, "x");
        assertThatThrownBy(this::unpack).isInstanceOf(InferenceException.class);
        assertThat(outside).isEmptyDirectory();
    }

    @Test
    void unpack_fileOverALink_replacesTheLink() throws Exception {
        Path outside = Files.writeString(folder.resolve("victim"), "kept");
        add("file", '2', outside.toString(), 0777, "");
        add("file", '0', "", 0644, "new");

        unpack();

        assertThat(outside).hasContent("kept");
        assertThat(target.resolve("file")).hasContent("new");
    }

    @Test
    void unpack_cutOff_isRefused() throws Exception {
        add("file", '0', "", 0644, "x".repeat(10_000));
        byte[] whole = tar.toByteArray();
        Path archive = folder.resolve("env.tar.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(archive))) {
            out.write(whole, 0, 2000);
        }

        assertThatThrownBy(() -> EnvironmentArchive.unpack(archive, target)).isInstanceOf(InferenceException.class)
                .hasMessageContaining("cannot be unpacked");
    }

    @Test
    void unpack_noArchive_isRefused() throws Exception {
        Path archive = Files.writeString(folder.resolve("env.tar.gz"), "no archive");

        assertThatThrownBy(() -> EnvironmentArchive.unpack(archive, target)).isInstanceOf(InferenceException.class)
                .hasMessageContaining("cannot be unpacked");
    }

    @Test
    void unpack_filesOfTheOldFormatAndOfOneExtent_areThere() throws Exception {
        add("old/", '\0', "", 0755, "");
        add("old/file", '\0', "", 0644, "old");
        add("contiguous", '7', "", 0755, "one extent");

        unpack();

        assertThat(target.resolve("old")).isDirectory();
        assertThat(target.resolve("old/file")).hasContent("old");
        assertThat(target.resolve("contiguous")).hasContent("one extent").isExecutable();
    }

    @Test
    void unpack_devicesAndPipes_areLeftOut() throws Exception {
        add("null", '3', "", 0666, "");
        add("disk", '4', "", 0660, "");
        add("pipe", '6', "", 0600, "");
        add("file", '0', "", 0644, "after");

        unpack();

        assertThat(target).isDirectoryNotContaining(path -> !path.endsWith("file"));
        assertThat(target.resolve("file")).hasContent("after");
    }

    @Test
    void unpack_sparseFile_isRefusedAndNotLeftOut() {
        add("lib/libtorch.so", 'S', "", 0644, "x");

        assertThatThrownBy(this::unpack).isInstanceOf(InferenceException.class)
                .hasMessageContaining("'lib/libtorch.so' is a sparse file");
    }

    @ParameterizedTest
    @CsvSource({"..", "a/../../victim", "/etc/passwd"})
    void unpack_hardLinkToWhatLiesOutside_isRefused(String existing) {
        add("a/file", '1', existing, 0644, "");

        assertThatThrownBy(this::unpack).isInstanceOf(InferenceException.class).hasMessageStartingWith("Path ");
    }

    @Test
    void unpack_hardLinkThroughALinkThatLeadsOut_isRefused() throws Exception {
        Path outside = Files.createDirectory(folder.resolve("outside"));
        Path victim = Files.writeString(outside.resolve("victim"), "secret");
        add("lib", '2', outside.toString(), 0777, "");
        add("stolen", '1', "lib/victim", 0644, "");

        assertThatThrownBy(this::unpack).isInstanceOf(InferenceException.class)
                .hasMessageContaining("leads out of the folder");
        assertThat(target.resolve("stolen")).doesNotExist();
        assertThat(victim).hasContent("secret");
    }

    @Test
    void unpack_folderOverALinkThatLeadsOut_isRefused() throws Exception {
        Path outside = Files.createDirectory(folder.resolve("outside"));
        add("lib", '2', outside.toString(), 0777, "");
        add("lib/", '5', "", 0755, "");
        add("lib/x/", '5', "", 0755, "");

        assertThatThrownBy(this::unpack).isInstanceOf(InferenceException.class);
        assertThat(outside).isEmptyDirectory();
    }

    @Test
    void unpack_nothing_isAnEmptyFolder() throws Exception {
        unpack();

        assertThat(target).isEmptyDirectory();
    }
}
