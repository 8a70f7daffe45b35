package io.nereid.server.http;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class OriginTest {
    @ParameterizedTest
    @CsvSource({"http://a.example, http://a.example", "HTTP://A.Example:80, http://a.example",
            "https://a.example:443, https://a.example", "https://a.example:80, https://a.example:80",
            "http://127.0.0.1:8000, http://127.0.0.1:8000", "http://[::1]:8000, http://[::1]:8000",
            "http://[0:0:0:0:0:0:0:1], http://[::1]", "http://[2001:DB8::A], http://[2001:db8::a]",
            "http://my_server:8000, http://my_server:8000", "tauri://localhost, tauri://localhost"})
    void parse_origin_isWrittenAsABrowserDoes(String text, String canonical) {
        assertThat(Origin.parse(text)).hasToString(canonical).isEqualTo(Origin.parse(canonical));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "*", "a.example", "http://", "http:a.example", "http://a.example/",
            "http://a.example:", "http://a.example:65536", "http://a.example:123456", "http://user@a.example",
            "http://a.example,http://b.example", "http://a.example http://b.example", "http://[::1", "http://[1.2.3.4]",
            "http://[:::::::::]", "http://a.example?b", "http://a.example\\.b.example", "http://ä.example"})
    void parse_otherText_isNone(String text) {
        assertThat(Origin.parse(text)).isNull();
    }

    @ParameterizedTest
    @CsvSource({"http, a.example, http://a.example", "http, A.example:80, http://a.example",
            "https, a.example, https://a.example:443", "https, a.example:8000, https://a.example:8000",
            "http, [::1]:8000, http://[::1]:8000"})
    void ofHost_host_isTheOriginOfTheServersPages(String scheme, String host, String origin) {
        assertThat(Origin.ofHost(scheme, host)).isEqualTo(Origin.parse(origin));
    }

    @ParameterizedTest
    @CsvSource({"http://a.example, https://a.example", "http://a.example, http://a.example:8000",
            "http://a.example, http://b.a.example", "http://localhost:1, http://127.0.0.1:1",
            "http://a.example:443, https://a.example:443"})
    void equals_anyPartDiffers_isAnotherOrigin(String one, String other) {
        assertThat(Origin.parse(one)).isNotNull().isNotEqualTo(Origin.parse(other));
    }

    @Test
    void ofHost_noHost_isNone() {
        assertThat(Origin.ofHost("http", null)).isNull();
        assertThat(Origin.ofHost("http", "a b")).isNull();
    }
}
