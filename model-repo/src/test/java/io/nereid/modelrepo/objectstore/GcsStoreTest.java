package io.nereid.modelrepo.objectstore;

import io.nereid.modelrepo.ModelFiles;
import io.nereid.modelrepo.ModelRepositoryException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

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

    @ParameterizedTest
    @CsvSource({"401, '; it is not public, give GOOGLE_APPLICATION_CREDENTIALS'",
            "403, '; it is not public, give GOOGLE_APPLICATION_CREDENTIALS'",
            "404, '; check the name of the bucket'", "400, ''"})
    void list_refusedByTheStore_saysWhatToCheckAndAsksOnce(int status, String hint) {
        server.status.set(status);
        assertThatThrownBy(() -> open("/p").list()).isInstanceOf(ModelRepositoryException.class)
                .hasMessageEndingWith(": bucket '" + ObjectServer.BUCKET + "' answered " + status + hint);
        assertThat(server.requests).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {404, 412})
    void fetch_objectGoneAfterTheListing_isCopiedAgain(int status) {
        server.put("m/1/x", "content");
        AtomicInteger downloads = new AtomicInteger();
        server.beforeDownload = _ -> server.status.set(downloads.incrementAndGet() == 1 ? status : 0);
        ModelFiles files = open("").fetch("m");
        assertThat(files.directory().path().resolve("1/x")).hasContent("content");
        assertThat(downloads).hasValue(2);
        files.release();
    }

    @Test
    void fetch_namesWithSpecialCharacters_areAskedForAsTheyAre() {
        for (String name : List.of("a b+c&d=e?f#g%h", "\u00fc\u4e2d", "[x]")) {
            server.put("m/1/" + name, "content");
        }
        ModelFiles files = open("").fetch("m");
        for (String name : List.of("a b+c&d=e?f#g%h", "\u00fc\u4e2d", "[x]")) {
            assertThat(files.directory().path().resolve("1/" + name)).hasContent("content");
        }
        files.release();
    }
}
