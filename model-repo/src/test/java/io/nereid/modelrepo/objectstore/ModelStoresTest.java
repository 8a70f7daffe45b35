package io.nereid.modelrepo.objectstore;

import io.nereid.modelrepo.DirectoryStore;
import io.nereid.modelrepo.ModelRepositoryException;
import io.nereid.modelrepo.ModelStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ModelStoresTest {
    @Test
    void open_folder_isReadInPlace(@TempDir Path directory) throws Exception {
        Files.createDirectories(directory.resolve("m"));
        try (ModelStore store = new ModelStores(Map.of()).open(directory.toString())) {
            assertThat(store).isInstanceOf(DirectoryStore.class);
            assertThat(store.list()).containsExactly("m");
        }
    }

    @ParameterizedTest
    @CsvSource({"s3://bucket/a/b, '', bucket, a/b/", "s3://bucket, '', bucket, ''", "s3://bucket//a/, '', bucket, a/",
            "s3://host.local:9000/bucket/a, http://host.local:9000, bucket, a/",
            "s3://http://host:80/bucket, http://host:80, bucket, ''",
            "s3://https://10.0.0.1:443/bucket/a/b, https://10.0.0.1:443, bucket, a/b/",
            "gs://my_bucket.x/a, '', my_bucket.x, a/"})
    void location_asTritonWritesIt_isUnderstood(String text, String endpoint, String bucket, String prefix) {
        assertThat(ObjectLocation.parse(text))
                .isEqualTo(new ObjectLocation(text.substring(0, 2), endpoint, bucket, prefix));
    }

    @ParameterizedTest
    @ValueSource(strings = {"s3://", "s3:///a", "s3://b/a", "gs://host:90/bucket", "s3://bucket/../x",
            "s3://bucket/./x",
            "s3://https://host/bucket", "gs://", "s3://-bucket-/x"})
    void location_otherwise_isRefused(String text) {
        assertThatThrownBy(() -> ModelStores.check(text)).isInstanceOf(ModelRepositoryException.class)
                .hasMessageContaining(text);
    }

    @Test
    void location_withCredentials_isRefusedAndNotQuoted() {
        assertThatThrownBy(() -> new ModelStores(Map.of()).open("s3://user:secret@host:9000/bucket"))
                .hasMessageContaining("must not have '@'").hasMessageNotContaining("secret");
    }

    @ParameterizedTest
    @ValueSource(strings = {"az://account/container", "https://host/models", "hdfs://x/y"})
    void location_ofAnotherKind_isRefusedByName(String text) {
        assertThatThrownBy(() -> new ModelStores(Map.of()).open(text))
                .hasMessageContaining("this kind of store is not built");
    }

    @Test
    void isRemote_paths_areNot() {
        assertThat(ModelStores.isRemote("/models")).isFalse();
        assertThat(ModelStores.isRemote("models")).isFalse();
        assertThat(ModelStores.isRemote("s3:/x")).isFalse();
        assertThat(ModelStores.isRemote("s3://x")).isTrue();
    }
}
