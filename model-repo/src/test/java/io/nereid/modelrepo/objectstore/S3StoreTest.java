package io.nereid.modelrepo.objectstore;

import io.nereid.modelrepo.ModelRepositoryException;
import io.nereid.modelrepo.ModelStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class S3StoreTest extends ObjectStoreContract {
    private final S3Server server = new S3Server();
    private final Map<String, String> environment = new HashMap<>(
            Map.of("AWS_ACCESS_KEY_ID", S3Server.KEY_ID, "AWS_SECRET_ACCESS_KEY", S3Server.SECRET));
    private String bucket = ObjectServer.BUCKET;

    @Override
    ObjectServer server() {
        return server;
    }

    @Override
    String location(String path) {
        return "s3://" + server.authority() + "/" + bucket + path;
    }

    @Override
    Map<String, String> environment() {
        return environment;
    }

    @Test
    void list_region_isPartOfTheSignature() {
        server.put("m/1/x", "");
        open("").list();
        environment.put("AWS_REGION", "eu-north-1");
        open("").list();
        environment.put("AWS_DEFAULT_REGION", "eu-west-3");
        open("").list();
        assertThat(server.authorizations).extracting(header -> header.split("/", -1)[2]).containsExactly("us-east-1",
                "eu-north-1", "eu-west-3");
    }

    @Test
    void list_sessionToken_isSent() {
        server.put("m/1/x", "");
        environment.put("AWS_SESSION_TOKEN", "the-token");
        open("").list();
        assertThat(server.authorizations.getFirst()).contains("x-amz-security-token");
    }

    @Test
    void list_wrongKey_saysWhatToCheckAndNothingSecret() {
        environment.put("AWS_ACCESS_KEY_ID", "AKIAWRONG");
        assertThatThrownBy(() -> open("").list()).isInstanceOf(ModelRepositoryException.class)
                .hasMessageContaining("answered 403 InvalidAccessKeyId; check the credentials")
                .satisfies(S3StoreTest::holdsNoSecret);
    }

    private static void holdsNoSecret(Throwable thrown) {
        for (Throwable e = thrown; e != null; e = e.getCause()) {
            assertThat(e.toString()).doesNotContain(S3Server.SECRET).doesNotContain("AKIA");
        }
    }

    @Test
    void list_noSuchBucket_saysSo() {
        bucket = "another-bucket";
        assertThatThrownBy(() -> open("").list())
                .hasMessageContaining(
                        "bucket 'another-bucket' answered 404 NoSuchBucket; check the name of the bucket");
    }

    @Test
    void open_credentialFile_givesTheKeyOfTheLongestLocation(@TempDir Path directory) throws Exception {
        server.put("p/m/1/x", "");
        Path file = directory.resolve("credentials.json");
        Files.writeString(file, """
                {
                  "gs": {"": "/no/such/key.json"},
                  "s3": {
                    "": {"key_id": "AKIADEFAULT", "secret_key": "default-secret"},
                    "%s": {"key_id": "%s", "secret_key": "%s", "region": "ap-south-1", "extra": [1, {"a": 2}]},
                    "s3://elsewhere-bucket": {"key_id": "AKIAELSEWHERE", "secret_key": "elsewhere-secret"}
                  }
                }
                """.formatted(location("/p"), S3Server.KEY_ID, S3Server.SECRET));
        environment.clear();
        environment.put("TRITON_CLOUD_CREDENTIAL_PATH", file.toString());
        ModelStore store = open("/p");
        assertThat(store.list()).containsExactly("m");
        assertThat(server.authorizations.getLast()).contains("ap-south-1");
        assertThatThrownBy(() -> open("/q").list()).hasMessageContaining("403").satisfies(S3StoreTest::holdsNoSecret);
    }

    @Test
    void open_credentialFileThatIsNoJson_quotesNothingOfIt(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("credentials.json"),
                "{\"s3\": {\"\": {\"key_id\": AKIASECRET}}}");
        environment.put("TRITON_CLOUD_CREDENTIAL_PATH", file.toString());
        assertThatThrownBy(() -> open("")).isInstanceOf(ModelRepositoryException.class)
                .hasMessageContaining("is not valid JSON in line 1, column").satisfies(S3StoreTest::holdsNoSecret);
        Files.writeString(file, "[\"AKIASECRET\"]");
        assertThatThrownBy(() -> open("")).hasMessageContaining("cannot be read").satisfies(S3StoreTest::holdsNoSecret);
    }
}
