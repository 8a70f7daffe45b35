package gourmetgram.service;

import gourmetgram.http.HttpError;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.charset.StandardCharsets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ImageRequestTest {
    private static byte[] read(String body) throws HttpError {
        return ImageRequest.read(body.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void image_isDecoded() throws HttpError {
        assertThat(read("{\"image\": \"aGk=\"}")).asString().isEqualTo("hi");
        assertThat(read("{\"more\": [1], \"image\": \"aGk\"}")).asString().isEqualTo("hi");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
            "``|body: got nothing (expected {\"image\": \"a photograph's file in base64\"})",
            "{\"image\": |body: got no JSON, ",
            "{\"image\": \"aGk=\"} x|body: got no JSON, ",
            "[1]|body: got a JSON array (expected ",
            "\"aGk=\"|body: got a JSON string (expected ",
            "{}|image: is missing (expected ",
            "{\"img\": \"aGk=\"}|image: is missing (expected ",
            "{\"image\": 1}|image: got a JSON number (expected ",
            "{\"image\": null}|image: got a JSON null (expected ",
            "{\"image\": \"\"}|image: is empty (expected ",
            "{\"image\": \"a\"}|image: got no base64, ",
            "{\"image\": \"a b\"}|image: got no base64, Illegal base64 character 20 (expected ",
            "{\"image\": \"data:image/png;base64,aGk=\"}|image: got a data URL (expected only what follows its comma)"})
    void anythingElse_is400WithWhatWasExpected(String body, String text) {
        assertThatThrownBy(() -> read(body)).isInstanceOfSatisfying(HttpError.class,
                error -> assertThat(error.status()).isEqualTo(400)).hasMessageStartingWith(text);
    }
}
