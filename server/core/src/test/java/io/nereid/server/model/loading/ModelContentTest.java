package io.nereid.server.model.loading;

import io.nereid.backend.ModelVersion;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelConfigParser;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

import static org.assertj.core.api.Assertions.assertThat;

/** The same text for the same model wherever it lies, and another one for whatever may answer otherwise. */
class ModelContentTest {
    @TempDir
    private Path here;
    @TempDir
    private Path there;

    @BeforeEach
    void writeModels() throws Exception {
        for (Path folder : List.of(here, there)) {
            Files.createDirectories(folder.resolve("m/1/more"));
            Files.writeString(folder.resolve("m/1/model.py"), "code");
            Files.writeString(folder.resolve("m/1/more/weights"), "weights");
            Files.writeString(folder.resolve("m/labels.txt"), "cat");
        }
    }

    private static ModelConfig config(String more) {
        return ModelConfigParser.parse("m", "config.pbtxt", "backend: 'python' " + more, _ -> false);
    }

    private static String digest(Path folder, String more, String... steps) throws Exception {
        ModelVersion version = new ModelVersion("m", 1, folder.resolve("m"), folder.resolve("m/1"));
        return ModelContent.digest(version, config(more), List.of(steps));
    }

    @Test
    void digest_ofTheSame_isTheSameInEveryFolder() throws Exception {
        assertThat(digest(there, "", "a", "b")).isEqualTo(digest(here, "", "a", "b"));
    }

    @Test
    void digest_ofWhatDiffers_differs() throws Exception {
        Set<String> seen = new TreeSet<>(List.of(digest(here, ""), digest(here, "max_batch_size: 3"),
                digest(here, "", "a"), digest(here, "", "b"), digest(here, "", "a", "b"), digest(here, "", "b", "a")));
        Files.writeString(there.resolve("m/1/more/weights"), "others");
        seen.add(digest(there, ""));
        Files.writeString(there.resolve("m/labels.txt"), "dog");
        seen.add(digest(there, ""));
        assertThat(seen).hasSize(8);
    }

    @Test
    void digest_ofWhatPythonHasCompiled_isTheSame() throws Exception {
        Path compiled = Files.createDirectory(there.resolve("m/1/__pycache__"));
        Files.writeString(compiled.resolve("model.pyc"), "when and where");
        assertThat(digest(there, "")).isEqualTo(digest(here, ""));
    }
}
