package io.nereid.modelrepo.objectstore;

import io.nereid.modelrepo.ModelRepositoryException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class CloudCredentialsTest {
    private static final String FILE = """
            {
              "gs": {"": "PATH_TO_KEY", "gs://own-bucket": "OWN_KEY", "gs://own-bucket/deep": "DEEP_KEY"},
              "s3": {
                "s3://bucket": {"key_id": "ID", "secret_key": "SECRET", "region": "r", "n": 3, "b": true, "z": null},
                "s3://bucket/x": {"nested": {"a": [1, 2]}, "key_id": "ID2"}
              },
              "as": {}
            }
            """;

    @TempDir
    private Path directory;

    private CloudCredentials read(String text) throws IOException {
        return CloudCredentials.read(Files.writeString(directory.resolve("c.json"), text).toString());
    }

    @ParameterizedTest
    @CsvSource({"gs://other, PATH_TO_KEY", "gs://own-bucket, OWN_KEY", "gs://own-bucket/models, OWN_KEY",
            "gs://own-bucket/deep, DEEP_KEY", "gs://own-bucket/deep/er, DEEP_KEY", "gs://own-bucke, PATH_TO_KEY"})
    void forLocation_googleKey_isThatOfTheLongestBeginning(String location, String key) throws IOException {
        assertThat(read(FILE).forLocation("gs", location)).isEqualTo(Map.of(CloudCredentials.VALUE, key));
    }

    @Test
    void forLocation_amazonEntry_hasAllItsMembersAsTexts() throws IOException {
        assertThat(read(FILE).forLocation("s3", "s3://bucket/m")).isEqualTo(Map.of("key_id", "ID", "secret_key",
                "SECRET", "region", "r", "n", "3", "b", "true", "z", "null"));
        assertThat(read(FILE).forLocation("s3", "s3://bucket/x")).as("what follows an object is read too")
                .containsEntry("key_id", "ID2");
    }

    @ParameterizedTest
    @CsvSource({"s3, s3://other", "as, as://account/container", "hdfs, hdfs://x", "gs2, gs://own-bucket"})
    void forLocation_thatTheFileDoesNotKnow_isEmpty(String scheme, String location) throws IOException {
        assertThat(read(FILE).forLocation(scheme, location)).isEmpty();
    }

    @Test
    void none_anyLocation_isEmpty() {
        assertThat(CloudCredentials.none().forLocation("s3", "s3://bucket")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"s3\": {\"\": {\"key_id\": SECRET}}}", "{\"s3\": {\"\": {\"key_id\": \"SECRET",
            "{\"s3\": {\"\": {\"key_id\" \"SECRET\"}}}"})
    void read_textThatIsNoJson_saysWhereAndQuotesNothing(String text) {
        assertThatThrownBy(() -> read(text)).isInstanceOf(ModelRepositoryException.class)
                .hasMessageMatching("TRITON_CLOUD_CREDENTIAL_PATH: .*c\\.json is not valid JSON in line 1, column \\d+")
                .hasMessageNotContaining("SECRET").hasNoCause();
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "\"SECRET\"", "{\"s3\": \"SECRET\"}", "{\"s3\": {\"\": [\"SECRET\"]}}", "3"})
    void read_jsonOfAnotherForm_isRefusedAndNotQuoted(String text) {
        assertThatThrownBy(() -> read(text)).isInstanceOf(ModelRepositoryException.class)
                .hasMessageEndingWith("c.json cannot be read: IllegalArgumentException")
                .hasMessageNotContaining("SECRET").hasNoCause();
    }

    @Test
    void read_fileThatIsNotThere_namesIt() {
        assertThatThrownBy(() -> CloudCredentials.read(directory.resolve("none").toString()))
                .isInstanceOf(ModelRepositoryException.class).hasMessage("TRITON_CLOUD_CREDENTIAL_PATH: "
                        + directory.resolve("none") + " cannot be read: NoSuchFileException");
    }

    @Test
    void toString_saysNothingOfTheFile() throws IOException {
        assertThat(read(FILE)).hasToString("CloudCredentials");
    }
}
