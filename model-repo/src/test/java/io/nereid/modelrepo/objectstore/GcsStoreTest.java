package io.nereid.modelrepo.objectstore;

import io.nereid.modelrepo.ModelRepositoryException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class GcsStoreTest extends ObjectStoreContract {
    private final GcsServer server = new GcsServer();

    @Override
    ObjectServer server() {
        return server;
    }

    @Override
    String location(String path) {
        return "gs://" + ObjectServer.BUCKET + path;
    }

    @Override
    Map<String, String> environment() {
        return Map.of("STORAGE_EMULATOR_HOST", server.authority());
    }

    @Test
    void list_emulatorWithScheme_isAskedWithoutCredentials() {
        server.put("m/1/x", "");
        assertThat(new ModelStores(Map.of("STORAGE_EMULATOR_HOST", "http://" + server.authority()))
                .open(location("")).list()).containsExactly("m");
        assertThat(server.authorizations).containsOnly("");
    }

    @Test
    void list_noSuchBucket_saysSo() {
        assertThatThrownBy(() -> new ModelStores(environment()).open("gs://another-bucket/x").list())
                .isInstanceOf(ModelRepositoryException.class)
                .hasMessageContaining("bucket 'another-bucket' answered 404; check the name of the bucket");
    }

    @Test
    void open_keyThatIsNone_quotesNothingOfIt(@TempDir Path directory) throws Exception {
        Path key = Files.writeString(directory.resolve("key.json"),
                "{\"type\": \"service_account\", \"private_key\": \"SECRET");
        assertThatThrownBy(() -> new ModelStores(Map.of("GOOGLE_APPLICATION_CREDENTIALS", key.toString()))
                .open(location(""))).isInstanceOf(ModelRepositoryException.class)
                .hasMessageContaining("the Google credentials in " + key + " cannot be used")
                .hasMessageNotContaining("SECRET").hasNoCause();
    }
}
