package io.nereid.modelrepo.identifier;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class ModelIdentifierTest {
    @ParameterizedTest
    @CsvSource({"/srv/models, resnet, /srv/models::resnet", "'', resnet, resnet", "'', a::b, a::b",
            "s3://bucket/x::y, resnet, s3://bucket/x::y::resnet", "./models, r, ./models::r"})
    void of_namespaceAndName_areFoundInItAgain(String namespace, String name, String identifier) {
        assertThat(ModelIdentifier.of(namespace, name)).isEqualTo(identifier);
        assertThat(ModelIdentifier.name(identifier)).isEqualTo(name);
        assertThat(ModelIdentifier.namespace(identifier)).isEqualTo(namespace);
    }
}
