package io.nereid.modelrepo.objectstore;

import io.nereid.modelrepo.ModelRepositoryException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ObjectLocationTest {

    @ParameterizedTest
    @CsvSource({"s3://models, '', models, ''", "s3://models/, '', models, ''", "s3://models///, '', models, ''",
            "s3://models/a, '', models, a/", "s3://models//a//b//, '', models, a/b/",
            "s3://mo.de-ls_1/a b, '', mo.de-ls_1, a b/", "gs://models/a/b, '', models, a/b/",
            "s3://localhost:9000/models, http://localhost:9000, models, ''",
            "s3://10.1.2.3:9000/models/x/, http://10.1.2.3:9000, models, x/",
            "s3://http://minio:9000/models/x, http://minio:9000, models, x/",
            "s3://https://s3.example.org:443/models/x/y, https://s3.example.org:443, models, x/y/",
            "as://acct1/models/x, https://acct1.blob.core.windows.net, models, x/",
            "as://acct1.blob.example.org/models, https://acct1.blob.example.org, models, ''"})
    void parse_location_hasItsParts(String text, String endpoint, String bucket, String prefix) {
        assertThat(ObjectLocation.parse(text))
                .isEqualTo(new ObjectLocation(text.substring(0, 2), endpoint, bucket, prefix));
    }

    @ParameterizedTest
    @ValueSource(strings = {"s3://", "gs://", "s3:///models", "gs:///models", "S3://models", "s3:/models",
            "s3://host:port/models", "s3://host:123456/models", "s3://host:9000", "s3://https://host/models",
            "gs://host:9000/models", "as://models", "as:///models/x", "as://Account/models", "s4://models", "models",
            ""})
    void parse_otherForm_isRefusedWithTheForms(String text) {
        assertThatThrownBy(() -> ObjectLocation.parse(text)).isInstanceOf(ModelRepositoryException.class)
                .hasMessage("model repository '" + text + "' is no location of an object store; expected"
                        + " s3://bucket/path, s3://host:port/bucket/path, s3://https://host:port/bucket/path,"
                        + " gs://bucket/path or as://account/container/path");
    }

    @ParameterizedTest
    @CsvSource({"s3://ab, ab", "gs://-models/x, -models", "s3://models-/x, models-", "s3://mod els, mod els",
            "s3://host:9000/a/x, a", "s3://m\u00f6dels, m\u00f6dels"})
    void parse_bucketThatNobodyCanHave_isNamed(String text, String bucket) {
        assertThatThrownBy(() -> ObjectLocation.parse(text)).isInstanceOf(ModelRepositoryException.class)
                .hasMessage("model repository '" + text + "': '" + bucket + "' is no name of a bucket");
    }

    @ParameterizedTest
    @CsvSource({"s3://models/../x, ..", "gs://models/a/.., ..", "s3://models/./x, .",
            "s3://host:9000/models/a/./b, ."})
    void parse_relativeName_isRefused(String text, String name) {
        assertThatThrownBy(() -> ObjectLocation.parse(text)).isInstanceOf(ModelRepositoryException.class)
                .hasMessage("model repository '" + text + "' must not contain '" + name + "'");
    }

    @Test
    void parse_bucketOfAnyAllowedLength_isTaken() {
        assertThat(ObjectLocation.parse("s3://" + "b".repeat(222)).bucket()).hasSize(222);
        assertThatThrownBy(() -> ObjectLocation.parse("s3://" + "b".repeat(223)))
                .hasMessageContaining("is no name of a bucket");
    }

    @ParameterizedTest
    @CsvSource({"s3://models/a/b, s3://models//a/b//", "s3://models, s3://models/",
            "s3://host:9000/models/x, s3://http://host:9000/models/x/", "gs://models/a, gs://models/a/",
            "as://acct/models, as://acct.blob.core.windows.net/models/"})
    void identity_waysToWriteTheSamePlace_areEqual(String one, String other) {
        assertThat(ObjectLocation.parse(one).identity()).isEqualTo(ObjectLocation.parse(other).identity());
    }

    @ParameterizedTest
    @CsvSource({"s3://models/a, gs://models/a", "s3://models/a, s3://models/b", "s3://models/a, s3://models-2/a",
            "s3://h:1/models, s3://h:2/models", "s3://http://h:1/models, s3://https://h:1/models",
            "s3://models/a, s3://models"})
    void identity_differentPlaces_differ(String one, String other) {
        assertThat(ObjectLocation.parse(one).identity()).isNotEqualTo(ObjectLocation.parse(other).identity());
    }
}
