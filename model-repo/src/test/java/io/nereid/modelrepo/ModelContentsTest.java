package io.nereid.modelrepo;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Map;
import java.util.TreeMap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Which part of a model a changed file belongs to: all versions, one of them, or the configuration. */
class ModelContentsTest {
    private static final Map<String, String> FILES = Map.of("config.pbtxt", "c", "labels.txt", "l", "1/model.onnx",
            "m1", "1/data/weights", "w1", "2/model.onnx", "m2", "10/model.onnx", "m10", "configs/big.pbtxt", "b",
            "warmup/input", "i");

    private static ModelContents contents(Map<String, String> files) {
        return new ModelContents(new TreeMap<>(files));
    }

    private static ModelContents with(String path, String digest) {
        Map<String, String> files = new TreeMap<>(FILES);
        files.put(path, digest);
        return contents(files);
    }

    @Test
    void ofVersion_number_hasItsFilesAlone() {
        ModelContents all = contents(FILES);
        assertThat(all.ofVersion(1).digests()).containsOnly(Map.entry("1/model.onnx", "m1"),
                Map.entry("1/data/weights", "w1"));
        assertThat(all.ofVersion(2).digests()).containsOnlyKeys("2/model.onnx");
        assertThat(all.ofVersion(10).digests()).containsOnlyKeys("10/model.onnx");
        assertThat(all.ofVersion(3)).isEqualTo(ModelContents.UNKNOWN);
        assertThat(all.ofVersion(0)).isEqualTo(ModelContents.UNKNOWN);
    }

    @Test
    void ofAllVersions_files_areThoseOfNoVersionAndNoConfiguration() {
        assertThat(contents(FILES).ofAllVersions().digests()).containsOnlyKeys("labels.txt", "warmup/input");
        assertThat(contents(Map.of("1x/model", "d", "configs", "d", "config.pbtxt.bak", "d", "1", "d", "v1/m", "d"))
                .ofAllVersions().digests()).as("names that only look like those of versions and configurations")
                .hasSize(5);
    }

    @ParameterizedTest
    @CsvSource({"1/model.onnx, false, true, false", "1/data/new, false, true, false", "2/x, false, false, true",
            "labels.txt, true, false, false", "initial_state/s, true, false, false",
            "config.pbtxt, false, false, false", "configs/small.pbtxt, false, false, false",
            "10/model.onnx, false, false, false"})
    void changedFile_differsInItsPartOnly(String path, boolean shared, boolean first, boolean second) {
        ModelContents before = contents(FILES);
        ModelContents after = with(path, "changed");
        assertThat(after).isNotEqualTo(before);
        assertThat(!after.ofAllVersions().equals(before.ofAllVersions())).as("all versions").isEqualTo(shared);
        assertThat(!after.ofVersion(1).equals(before.ofVersion(1))).as("version 1").isEqualTo(first);
        assertThat(!after.ofVersion(2).equals(before.ofVersion(2))).as("version 2").isEqualTo(second);
    }

    @Test
    void digests_ofTheCaller_areCopiedAndNotToBeChanged() {
        TreeMap<String, String> files = new TreeMap<>(FILES);
        ModelContents contents = new ModelContents(files);
        files.clear();
        assertThat(contents).isEqualTo(contents(FILES));
        assertThatThrownBy(() -> contents.digests().put("x", "y")).isInstanceOf(UnsupportedOperationException.class);
    }
}
