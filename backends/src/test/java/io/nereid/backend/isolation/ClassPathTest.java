package io.nereid.backend.isolation;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;

import static org.assertj.core.api.Assertions.assertThat;

class ClassPathTest {
    private static final String WANTED = "some.where.Program";
    private static final String FILE = "some/where/Program.class";

    @TempDir
    private Path folder;

    @Test
    void has_inAFolderOfClasses_isFound() throws IOException {
        Path classes = Files.createDirectories(folder.resolve("classes/some/where"));
        Files.createFile(classes.resolve("Program.class"));
        assertThat(has("/none.jar:" + folder.resolve("classes"))).isTrue();
        assertThat(has(folder.toString())).isFalse();
    }

    @Test
    void has_inOneOfTheJars_isFound() throws IOException {
        Path other = jar("other.jar", "another/Program.class", "");
        Path wanted = jar("wanted.jar", FILE, "");
        assertThat(has(other + ":" + wanted)).isTrue();
        assertThat(has(other.toString())).isFalse();
    }

    @Test
    void has_inAFolderWhoseJarsAStarNames_isFound() throws IOException {
        Path unused = jar("wanted.jar", FILE, "");
        assertThat(has(unused.resolveSibling("*").toString())).isTrue();
        assertThat(has(folder.resolve("none").resolve("*").toString())).isFalse();
    }

    @Test
    void has_whereTheManifestOfAJarNamesIt_isFound() throws IOException {
        Path unused = jar("lib/wanted.jar", FILE, "");
        assertThat(has(jar("application.jar", "App.class", "lib/missing.jar lib/wanted.jar").toString())).isTrue();
        assertThat(has(jar("by-url.jar", "App.class", "file:" + unused).toString())).isTrue();
        assertThat(has(jar("without.jar", "App.class", "lib/missing.jar").toString())).isFalse();
    }

    @Test
    void has_whereManifestsNameEachOther_ends() throws IOException {
        Path unused = jar("second.jar", "B.class", "first.jar");
        assertThat(has(jar("first.jar", "A.class", "second.jar").toString())).isFalse();
        assertThat(unused).exists();
    }

    @Test
    void has_whereAJarIsNone_isPassedOver() throws IOException {
        Path broken = Files.writeString(folder.resolve("broken.jar"), "no jar");
        assertThat(has(broken.toString())).isFalse();
        assertThat(has(broken + ":" + jar("wanted.jar", FILE, ""))).isTrue();
    }

    @Test
    void has_noClassPath_isFalse() {
        assertThat(has("")).isFalse();
    }

    private static boolean has(String path) {
        return new ClassPath(path).has(WANTED);
    }

    private Path jar(String name, String entry, String classPath) throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        if (!classPath.isEmpty()) {
            manifest.getMainAttributes().put(Attributes.Name.CLASS_PATH, classPath);
        }
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(file), manifest)) {
            out.putNextEntry(new ZipEntry(entry));
        }
        return file;
    }
}
