package gourmetgram.v2;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ServerAddressTest {
    @ParameterizedTest
    @CsvSource({"localhost:9000,http://localhost:9000/x", "http://localhost:9000,http://localhost:9000/x",
            "https://food.example:443/,https://food.example:443/x", "localhost,http://localhost:8000/x",
            "[::1]:9000,http://[::1]:9000/x", "http://127.0.0.1,http://127.0.0.1:8000/x"})
    void address_isReadWithAndWithoutSchemeAndPort(String written, String uri) throws IOException {
        assertThat(ServerAddress.parse(written, 8000).uri("/x")).hasToString(uri);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "http://", "localhost:", "localhost:0", "localhost:70000", "localhost:x", "a:b:1",
            "ftp://localhost:1", "http://localhost:1/path"})
    void whatIsNone_isRefused(String written) {
        assertThatThrownBy(() -> ServerAddress.parse(written, 8000)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("got '" + written + "' (expected HOST:PORT or http://HOST:PORT)");
    }

    /** The names of containers have underscores, which no URI may have: such a name is looked up. */
    @Test
    void aNameWithAnUnderscore_isLookedUp() {
        ServerAddress address = ServerAddress.parse("triton_server.invalid:8000", 1);
        assertThat(address.isUriHost()).isFalse();
        assertThat(ServerAddress.parse("triton-server:8000", 1).isUriHost()).isTrue();
        assertThatThrownBy(() -> address.uri("/")).isInstanceOf(IOException.class)
                .hasMessageContaining("triton_server.invalid");
    }
}
